#!/usr/bin/env python3
"""Do analyser and runtime agree on small random designs?

    agree.py TREEFALL [--designs ageing|busy|odd] [--seeds FIRST:LAST,SEED,…] [--fresh N] [--budget 1s] [--jobs 2] [--keep FOLDER]

Confirms every prediction about the designs of `designs.py` (or `ageing.py`, `busy.py`, `odd.py`) with these seeds (and about N designs with
fresh seeds, which are printed). Exit code 1 if a prediction is refuted, or if treefall crashes, hangs, prints what is
no JSON, or calls a design invalid. `--keep` writes the designs with something wrong into a folder.
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import random
import subprocess
import sys

import ageing
import busy
import designs
import odd

ENOUGH = 60  # seconds after which a run counts as hanging


def confirm(binary, text, budget, seed, confidence="99.9%"):
    """What is wrong (a list of texts), and all verdicts."""
    command = [binary, "confirm", "-", "--format", "json", "--budget", budget, "--jobs", "1", "--seed", str(seed),
               "--confidence", confidence]
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=ENOUGH)
    except subprocess.TimeoutExpired:
        return [f"still runs after {ENOUGH} s"], []
    if done.returncode not in (0, 1):
        return [f"exit code {done.returncode}: {(done.stderr or done.stdout)[:300]}"], []
    try:
        verdicts = json.loads(done.stdout, parse_constant=lambda word: (_ for _ in ()).throw(ValueError(word)))["verdicts"]
    except ValueError as error:
        return [f"no JSON: {error}"], []
    return [described(one) for one in verdicts if one["verdict"] == "refuted"], verdicts


def described(verdict):
    predicted, observed = verdict["predicted"], verdict["observed"] or {}

    def number(of, key):
        value = of.get(key)
        return "-" if value is None else f"{value:.6g}"

    return (f"{verdict['process']}: {verdict['quantity']} [{predicted['method']}]"
            f" predicted {number(predicted, 'value')} ({number(predicted, 'low')} to {number(predicted, 'high')}),"
            f" observed {number(observed, 'value')} ({number(observed, 'low')} to {number(observed, 'high')},"
            f" {observed.get('samples')} samples): {predicted['because']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("treefall")
    parser.add_argument("--designs", choices=["designs", "ageing", "busy", "odd"], default="designs")
    parser.add_argument("--seeds", default="1:40")
    parser.add_argument("--fresh", type=int, default=0)
    parser.add_argument("--budget", default="300ms")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=pathlib.Path)
    chosen = parser.parse_args()
    drawn = {"designs": designs, "ageing": ageing, "busy": busy, "odd": odd}[chosen.designs]
    seeds = []
    for part in chosen.seeds.split(","):
        first, _, last = part.partition(":")
        seeds += range(int(first), int(last or first) + 1)
    fresh = [random.SystemRandom().randrange(10**9) for _ in range(chosen.fresh)]
    seeds += fresh

    def run(seed):
        text = designs.text(drawn.design(seed))
        return (seed, text) + confirm(chosen.treefall, text, chosen.budget, seed)

    count = collections.Counter()
    tally = collections.defaultdict(collections.Counter)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        for seed, text, wrong, verdicts in pool.map(run, seeds):
            for one in verdicts:
                count[one["verdict"]] += 1
                tally[one["quantity"], one["predicted"]["method"]][one["verdict"]] += 1
            if not wrong:
                continue
            bad += 1
            print(f"seed {seed} (python3 tests/agreement/{chosen.designs}.py {seed}):")
            for line in wrong:
                print("   ", line)
            sys.stdout.flush()
            if chosen.keep:
                chosen.keep.mkdir(parents=True, exist_ok=True)
                (chosen.keep / f"design{seed}.yaml").write_text(text)
    for (quantity, method), verdicts in sorted(tally.items()):
        print(f"  {quantity:26} {method:14} " + ", ".join(f"{n} {v}" for v, n in sorted(verdicts.items())))
    print(f"{len(seeds)} designs ({'fresh: ' + ' '.join(map(str, fresh)) if fresh else 'fixed'}):",
          ", ".join(f"{n} {v}" for v, n in sorted(count.items())), f"; {bad} with something wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
