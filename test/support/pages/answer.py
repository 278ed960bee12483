"""Runs a shell script at a terminal, as a person does: answer.py SCRIPT CTRL_C_AFTER ANSWER...

Types an answer at each question: a line that is not ended yet, and ends with a colon or a question mark and a space. Presses Ctrl-C once these words
were printed, and the line is whole; '' is never. Output goes on as it comes, with what was typed.
"""
import os
import pty
import signal
import subprocess
import sys

script, words, *answers = sys.argv[1:]
until = words.encode()
terminal, theirs = pty.openpty()
# A process that was started in the background ignores Ctrl-C, and so would what it starts.
child = subprocess.Popen(["sh", script], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
os.close(theirs)
printed = b""
while True:
    part = os.read(child.stdout.fileno(), 65536)
    if not part:
        break
    sys.stdout.buffer.write(part)
    printed += part
    if printed[-2:] in (b": ", b"? ") and answers:
        typed = answers.pop(0).encode() + b"\n"
        os.write(terminal, typed)
        sys.stdout.buffer.write(typed)
    if until and until in printed and b"\n" in printed[printed.index(until):]:
        until = b""
        os.killpg(child.pid, signal.SIGINT)
    sys.stdout.buffer.flush()
status = child.wait()
sys.exit(status if status >= 0 else 128 - status)
