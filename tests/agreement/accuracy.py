#!/usr/bin/env python3
"""How well predictions agree with execution: a table by method and quantity over many generated designs.

    accuracy.py TREEFALL [--designs 200] [--seed 1] [--budget 300ms] [--jobs 2] [--write FILE]

Every prediction about designs SEED, SEED + 1, … is confirmed: four of five from `designs.py`, the fifth from `busy.py`.
What a method with a proof (exact, bound, deterministic) says and execution refutes is played again at a higher and higher
confidence; the smallest error probability at which it is still refuted is its p-value, and Holm's procedure over all
these predictions tells which of the refutations chance does not explain. Exit code 1 if there is one, if more than one in
a hundred approximations is outside its error bar, or if treefall crashes, hangs, or calls a design invalid.
"""

import argparse
import collections
import concurrent.futures
import itertools
import pathlib
import sys

import agree
import busy
import designs

FAMILY_ERROR = 0.05
CONFIDENCE = "99.9%"
STRICTER = ["99.99%", "99.999%", "99.9999%", "99.99999%", "99.999999%", "99.9999999%"]
METHODS = ["exact", "bound", "deterministic", "approximation"]
VERDICTS = ["confirmed", "refuted", "undecided"]


def error_of(confidence):
    return 1 - float(confidence.rstrip("%")) / 100


def is_proved(verdict):
    return verdict["predicted"]["method"] != "approximation"


def claim(verdict):
    return verdict["process"], verdict["quantity"], verdict.get("within")


def ratio(verdict):
    """The observed value against the nearest end of the error bar: 1 inside. None where there is no such ratio."""
    predicted, observed = verdict["predicted"], verdict["observed"]
    value = observed and observed.get("value")
    low, high = predicted.get("low"), predicted.get("high")
    if verdict["verdict"] not in ("confirmed", "refuted") or value is None or value <= 0:
        return None
    if high is not None and value > high > 0:
        return value / high
    if low is not None and value < low:
        return low / value
    return 1.0


class Played:
    def __init__(self, number, text, wrong, verdicts):
        self.number, self.text, self.wrong, self.verdicts = number, text, wrong, verdicts


def kind(number):
    return busy if number % 5 == 0 else designs


def name(number):
    return "busy" if kind(number) is busy else "designs"


def p_values(binary, played, budget):
    """Of what is refuted of this design: the smallest error probability at which it still is, by tens."""
    found = {claim(one): error_of(CONFIDENCE) for one in played.verdicts if one["verdict"] == "refuted"}
    family = max(1, len(played.verdicts))
    left = set(found)
    for confidence in STRICTER:
        if not left:
            break
        _, verdicts = agree.confirm(binary, played.text, budget, played.number, confidence)
        left &= {claim(one) for one in verdicts if one["verdict"] == "refuted"}
        for one in left:
            found[one] = error_of(confidence)
    return {one: error / family for one, error in found.items()}  # the procedure corrects for its own family


def holm(values, claims):
    """Those of the p-values that are significant among so many claims."""
    significant = []
    for rank, (value, which) in enumerate(sorted(values)):
        if value > FAMILY_ERROR / (claims - rank):
            break
        significant.append(which)
    return significant


class Table:
    def __init__(self):
        self.verdicts = collections.defaultdict(collections.Counter)
        self.worst = collections.defaultdict(float)

    def add(self, verdict):
        key = verdict["predicted"]["method"], verdict["quantity"]
        self.verdicts[key][verdict["verdict"]] += 1
        self.worst[key] = max(self.worst[key], ratio(verdict) or 0)

    def count(self, method, verdict=None):
        counts = [count for (other, _), count in self.verdicts.items() if other == method]
        return sum(sum(count[v] for v in VERDICTS) if verdict is None else count[verdict] for count in counts)

    def rows(self):
        for method in METHODS:
            for quantity in sorted(q for m, q in self.verdicts if m == method):
                yield method, quantity, self.verdicts[method, quantity], self.worst[method, quantity]

    def lines(self):
        yield "| method | quantity | predictions | confirmed | refuted | undecided | worst ratio |"
        yield "|---|---|---|---|---|---|---|"
        for method, quantity, count, worst in self.rows():
            total = sum(count[v] for v in VERDICTS)
            if total == 0:
                continue
            shares = " | ".join(f"{100 * count[v] / total:.1f} %" for v in VERDICTS)
            yield f"| {method} | `{quantity}` | {total} | {shares} | {f'{worst:.3g}' if worst > 0 else '–'} |"


def summary(table, significant, broken):
    proved = [m for m in METHODS if m != "approximation"]
    claims = sum(table.count(m) for m in proved)
    refuted = sum(table.count(m, "refuted") for m in proved)
    yield (f"- Methods that prove (exact, bound, deterministic): {claims} predictions, {refuted} refuted at the error of"
           f" one report, {len(significant)} of them beyond chance (Holm over all of them, family error"
           f" {FAMILY_ERROR:g}).")
    said, out = table.count("approximation"), table.count("approximation", "refuted")
    decided = said - table.count("approximation", "undecided")
    inside = 100 * (1 - out / decided) if decided else 100
    yield f"- Approximations: {said} predictions, {decided} decided, {inside:.2f} % of these inside their error bars."
    if broken:
        yield f"- Designs that treefall could not handle: {broken}."


def write(path, chosen, table, significant, broken, count):
    command = f"scripts/agreement --designs {count} --seed {chosen.seed} --budget {chosen.budget} --write {path.as_posix()}"
    path.write_text("\n".join([
        "# Accuracy", "",
        "How often execution agrees with prediction, over designs that a generator draws: trees with all strategies, crash"
        " clocks, loads, faults, tasks, links; every fifth around one busy process. Each prediction is held against the"
        " runtime as [`treefall confirm`](commands.md#treefall-confirm-file) does it; *undecided* is what the budget for a"
        " design did not suffice for. The worst ratio is the observed value against the nearest end of the prediction's"
        " error bar, of those confirmed or refuted: 1 is inside.", "",
        f"Made by `{command}`.", "", *summary(table, significant, broken), "", *table.lines(), ""]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("treefall")
    parser.add_argument("--designs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", default="300ms", help="wall-clock time for one design")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", type=pathlib.Path, help="write the table to this file, as Markdown")
    chosen = parser.parse_args()

    def play(number):
        text = designs.text(kind(number).design(number))
        return Played(number, text, *agree.confirm(chosen.treefall, text, chosen.budget, number, CONFIDENCE))

    table = Table()
    values = []
    broken = 0
    with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        numbers = iter(range(chosen.seed, chosen.seed + chosen.designs))
        while batch := list(itertools.islice(numbers, 50)):
            for played in pool.map(play, batch):
                refuted = [one for one in played.verdicts if one["verdict"] == "refuted"]
                for one in played.verdicts:
                    table.add(one)
                broken += bool(played.wrong and not refuted)
                if played.wrong:
                    print(f"seed {played.number} (python3 tests/agreement/{name(played.number)}.py {played.number}):")
                    print("".join(f"    {line}\n" for line in played.wrong), end="", flush=True)
                if any(is_proved(one) for one in refuted):
                    found = p_values(chosen.treefall, played, chosen.budget)
                    values += [(found[claim(one)], (played.number, *claim(one))) for one in refuted if is_proved(one)]
    claims = sum(table.count(m) for m in METHODS if m != "approximation")
    significant = holm(values, claims)
    for number, process, quantity, _ in significant:
        print(f"beyond chance: seed {number} ({name(number)}), {process}: {quantity}")
    print("\n".join([*table.lines(), "", *summary(table, significant, broken)]))
    if chosen.write:
        write(chosen.write, chosen, table, significant, broken, chosen.designs)
    said = table.count("approximation") - table.count("approximation", "undecided")
    outside = table.count("approximation", "refuted")
    return 1 if significant or broken or outside > max(0.01 * said, 1) else 0


if __name__ == "__main__":
    sys.exit(main())
