#!/usr/bin/env python3
"""Small random designs whose processes age: the time from a start to the crash is Weibull, Erlang, lognormal, normal or
uniform, alone under its supervisor or beside another, with starts that take time or not, and supervisors above.

    ageing.py SEED    prints one
    agree.py TREEFALL --designs ageing [--seeds FIRST:LAST]
"""

import random
import sys

import designs
from busy import duration


def law(r, mean):
    """Of a life of about that mean; shapes below 1: it is the young that die."""
    kind = r.choice(["weibull", "weibull", "erlang", "lognormal", "normal", "uniform", "empirical"])
    m = duration
    if kind == "weibull":
        return f"weibull({r.choice([0.6, 0.8, 1.2, 2, 4])} {m(mean)})"
    if kind == "erlang":
        return f"erlang({r.choice([2, 3, 5, 10])} {m(mean)})"
    if kind == "lognormal":
        return f"lognormal({m(mean)} {m(mean * r.choice([2, 5, 10]))})"
    if kind == "normal":
        return f"normal({m(mean)} {m(mean * r.choice([0.1, 0.3]))})"
    if kind == "uniform":
        return f"uniform({m(mean * r.uniform(0, 0.8))} {m(mean * r.uniform(1, 2))})"
    return f"empirical({m(mean / 3)} {m(mean)} {m(mean * 1.5)})"


def worker(r, name, mean):
    one = {"worker": name, "crashes": {"after": law(r, mean)}}
    if r.random() < 0.4:
        one["init"] = {"takes": r.choice(["{}", "exp({})", "uniform(0s {})"]).format(duration(mean * r.uniform(0.001, 0.5)))}
    if r.random() < 0.15:
        one["crashes"]["reason"] = r.choice(["normal", "shutdown", "killed"])
    if r.random() < 0.15:
        one["restart"] = r.choice(["transient", "temporary"])
    if r.random() < 0.1:
        one["count"] = 2
    if r.random() < 0.2:
        one["shutdown"] = r.choice(["brutal_kill", "1s"])
    return one


def supervisor(r, name, children, restarts, seconds):
    one = {"supervisor": name, "max_restarts": restarts, "max_seconds": seconds, "children": children}
    if r.random() < 0.3:
        one["strategy"] = r.choice(designs.STRATEGIES)
    return one


def design(seed):
    r = random.Random(seed)
    restarts, seconds = r.choice([0, 1, 2, 3, 5, 10]), r.choice([1, 2, 5, 10, 60])
    # The budget's own pace, from often to seldom.
    mean = seconds / max(restarts, 0.5) * 10 ** r.uniform(-0.3, 0.7)
    children = [worker(r, "Old", mean)]
    if r.random() < 0.3:
        children.append(worker(r, "Other", mean * r.uniform(1, 10)))
    if r.random() < 0.2:
        children.append({"worker": "Idle"})
    if r.random() < 0.15:
        children.append({"worker": "Random", "crashes": {"rate": f"{1 / mean / r.uniform(1, 10):.4g}/s"}})
    r.shuffle(children)
    tree = supervisor(r, "Below", children, restarts, seconds)
    if r.random() < 0.4:
        tree = supervisor(r, "Top", [tree], r.choice([1, 3, 5]), r.choice([5, 60]))
    return {"treefall": 1, "name": f"ageing{seed}", "horizon": duration(seconds * 10 ** r.uniform(0.5, 3)), "tree": tree}


if __name__ == "__main__":
    print(designs.text(design(int(sys.argv[1]))))
