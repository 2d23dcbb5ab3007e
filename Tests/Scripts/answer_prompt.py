"""Runs a command on a terminal of its own, answers its first question, and repeats what the terminal showed on stdout.

usage: answer_prompt.py QUESTION ANSWER COMMAND…    (the exit code is the command's)
"""

import os
import pty
import sys

question, answer, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

shown, is_answered = b"", False
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if not is_answered and question in shown:
        os.write(terminal, answer + b"\r")
        is_answered = True
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
