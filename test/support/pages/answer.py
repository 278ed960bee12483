"""Runs a shell script at a terminal, and types an answer at each question: answer.py SCRIPT ANSWER...

A question is a line that is not ended yet, and ends with a colon or a question mark and a space. Output goes on as it comes, with what was typed.
"""
import os
import pty
import subprocess
import sys

script, *answers = sys.argv[1:]
terminal, theirs = pty.openpty()
child = subprocess.Popen(["sh", script], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
os.close(theirs)
last = b""
while True:
    part = os.read(child.stdout.fileno(), 65536)
    if not part:
        break
    sys.stdout.buffer.write(part)
    last = (last + part)[-2:]
    if last in (b": ", b"? ") and answers:
        typed = answers.pop(0).encode() + b"\n"
        os.write(terminal, typed)
        sys.stdout.buffer.write(typed)
    sys.stdout.buffer.flush()
sys.exit(child.wait())
