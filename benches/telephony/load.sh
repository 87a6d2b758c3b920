#!/usr/bin/env bash
# SIP load against a server on this machine:
#     load.sh SERVER_PID HOST:PORT SCENARIO.xml NUMBER RATE CALLS [HOLD_MS]
# Prints one JSON line: calls, answers in time, and the CPU time of the server, taken from /proc before and after. Calls
# that were refused (503) are counted apart. Needs sipp (Debian: sip-tester) and python3.
set -u
if [ $# -lt 6 ]; then sed -n 2,5p "$0"; exit 2; fi
pid=$1 target=$2 xml=$3 number=$4 rate=$5 calls=$6 hold=${7:-0}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# What the process and its children used: user and system.
ticks() { local sum=0 p; for p in $1 $(pgrep -P "$1"); do sum=$((sum + $(awk '{print $14+$15}' "/proc/$p/stat"))); done; echo $sum; }
before=$(ticks "$pid") began=$(date +%s.%N)
sipp "$target" -sf "$here/$xml" -s "$number" -i 127.0.0.1 -p "${PORT:-5170}" -mi 127.0.0.1 -mp "${MEDIA_PORT:-30000}" \
  -r "$rate" -m "$calls" -l "${LIMIT:-8000}" -d "$hold" -timeout "${TIMEOUT:-120}" -timeout_error -nostdin \
  -trace_stat -stf stat.csv -fd 1 -trace_rtt -rtt_freq 1 >sipp.out 2>sipp.err
code=$?
ended=$(date +%s.%N) after=$(ticks "$pid")
python3 - "$xml" "$rate" "$calls" "$hold" "$code" "$before" "$after" "$(getconf CLK_TCK)" "$began" "$ended" "$pid" <<'P'
import csv, glob, json, os, sys

scenario, rate, calls, hold, code, before, after, hz, began, ended, pid = sys.argv[1:]
rate, calls, hold, code = int(rate), int(calls), int(hold), int(code)
cpu, wall = (int(after) - int(before)) / int(hz), float(ended) - float(began)
times = {"1": [], "2": [], "3": []}
for name in glob.glob("*_rtt.csv"):
    for row in csv.reader(open(name), delimiter=";"):
        if len(row) >= 3 and row[2] in times:
            times[row[2]].append(float(row[1]))
def quantile(values, q):
    values = sorted(values)
    return round(values[min(len(values) - 1, int(q * len(values)))], 1) if values else None
line = {"scenario": scenario, "rate": rate, "calls": calls, "wall_s": round(wall, 2), "server_cpu_s": round(cpu, 2)}
if os.path.exists("stat.csv"):
    rows = list(csv.DictReader(open("stat.csv"), delimiter=";"))
    if rows:
        last = rows[-1]
        line |= {"ended_well": int(last["SuccessfulCall(C)"]), "failed": int(last["FailedCall(C)"]),
                 "retransmissions": int(last["Retransmissions(C)"]),
                 "peak_concurrent": max(int(r["CurrentCall"] or 0) for r in rows)}
answered, refused = len(times["1"]), len(times["3"])
line |= {"answered": answered, "refused": refused}
if answered:
    line["cpu_ms_per_call"] = round(cpu * 1000 / answered, 3)
    if hold:
        line["cpu_ms_per_call_second"] = round(cpu * 1000 / (answered * hold / 1000), 3)
for key, name in (("1", "invite_to_200_ms"), ("2", "key_to_bye_ms"), ("3", "invite_to_503_ms")):
    if times[key]:
        line[name] = {"p50": quantile(times[key], 0.5), "p99": quantile(times[key], 0.99), "max": max(times[key])}
try:
    status = dict(l.split(":", 1) for l in open(f"/proc/{pid}/status"))
    line |= {"rss_mb": round(int(status["VmRSS"].split()[0]) / 1024, 1), "peak_rss_mb": round(int(status["VmHWM"].split()[0]) / 1024, 1)}
except OSError:
    line["server"] = "gone"
line["load_average"] = float(open("/proc/loadavg").read().split()[0])
if code:
    line["sipp_exit"] = code
print(json.dumps(line))
P
