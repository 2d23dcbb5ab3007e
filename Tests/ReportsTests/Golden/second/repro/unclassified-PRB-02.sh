#!/usr/bin/env bash
# unclassified/PRB-02: No answer in time: The slow probe
# Check PRB-02: The slow probe
# Ends with 0 when the fault is gone, with 1 while it is there, with 2 when it could not tell.
# Reads: PLUMBLINE, PLUMBLINE_CONFIG and PLUMBLINE_STATE where they are set
# In one line: "${PLUMBLINE:-plumbline}" run --config "${PLUMBLINE_CONFIG:-plumbline.yaml}" --only 'PRB-02' --strict
set -u
# Programs say what is wrong in the words that are looked for below.
export LC_ALL=C
tell() { printf '%s\n' "$2"; exit "$1"; }
command -v "${PLUMBLINE:-plumbline}" >/dev/null 2>&1 || tell 2 'plumbline is not installed here'
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
"${PLUMBLINE:-plumbline}" run --config "${PLUMBLINE_CONFIG:-plumbline.yaml}" --only 'PRB-02' --strict --resume never --state "${PLUMBLINE_STATE:-.plumbline}" --out "$out" --progress none >"$out/name"
code=$?
bundle=$(cat "$out/name")
[ -f "$bundle" ] || tell 2 "no bundle was written (exit code $code)"
line=$(tar -xzOf "$bundle" reports/results.csv | grep '^PRB-02,')
ends() { printf '%s' "$line" | grep -Eq ",(critical|high|medium|low),(yes|no),($1),"; }
ends 'passed' && tell 0 'the fault is gone'
ends 'failed|timeout' && tell 1 'the fault is there'
tell 2 "the check could not tell: $line"
