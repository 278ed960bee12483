declare const document: { getElementById(id: string): { textContent: string } | null };

const page = document.getElementById('page');
if (page !== null) page.textContent = 'keyturn';
