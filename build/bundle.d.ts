export declare const BUNDLE: Readonly<Record<'about' | 'entry' | 'cache', string>>;

export interface BundleAbout {
  readonly digest: string;
  readonly files: readonly string[];
}

export declare const digestOf: (root: string, files: readonly string[]) => string;

export declare const bundleFolder: (dist: string, digest: string) => string;

export declare const bundleAbout: (dist: string) => BundleAbout;

export declare const currentBundle: (root: string, dist?: string) => string | undefined;
