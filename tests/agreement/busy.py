#!/usr/bin/env python3
"""Small random designs around one busy process: callers that wait for it, paced by ticks or by mailboxes of their own,
beside clients from outside; some of them crash on their timeouts.

    busy.py SEED    prints one
    agree.py TREEFALL --designs busy [--seeds FIRST:LAST]
"""

import random
import sys

import designs


def duration(seconds):
    return f"{max(1, round(seconds * 1e6))}us"


def rate_text(per_second):
    return f"{per_second:.5g}/s"


def callers(r, name, count, rate, patience, crash):
    """`count` processes that together make `rate` calls per second."""
    call = {"to": "Busy", "timeout": duration(patience)}
    if not crash:
        call["on_failure"] = "ignore"
    worker = {"worker": name, "count": count}
    each = count / rate
    if r.random() < 0.7:
        law = r.choice(["exp({})", "{}", "erlang(3 {})"])
        worker["ticks"] = [{"every": law.format(duration(each)), "calls": [call]}]
        return worker, None
    worker["handles"] = {"any": {"calls": [call]}}
    return worker, {"to": name, "sends": "cast", "rate": rate_text(rate)}


def design(seed):
    r = random.Random(seed)
    service = 10 ** r.uniform(-3, -0.5)
    load = r.uniform(0.4, 0.95)
    rate = load / service
    outside = r.choice([0, 0, r.uniform(0.1, 0.8)])
    groups = r.choice([1, 1, 2])
    horizon = service * 10 ** r.uniform(4, 6)
    patience = service * r.uniform(5, 40)
    crash = r.random() < 0.5
    traffic = {}
    if outside > 0:
        traffic["clients"] = {"to": "Busy", "rate": rate_text(outside * rate),
                              "timeout": duration(patience * r.uniform(0.5, 1.5))}
    children = [{"worker": "Busy", "handles": {"any": {"takes": f"exp({duration(service)})"}}}]
    below = []
    for group in range(groups):
        worker, source = callers(r, f"Caller{group}", r.choice([2, 3, 5, 8, 16, 40]), rate * (1 - outside) / groups,
                                 patience, crash)
        below.append(worker)
        if source:
            traffic[f"work{group}"] = source
    budget = {"max_restarts": r.choice([1, 3, 5, 10]), "max_seconds": r.choice([1, 5, 10])}
    if r.random() < 0.5:
        children += below
    else:
        children.append({"supervisor": "Callers", "children": below, **budget})
    tree = {"supervisor": "Top", **budget, "children": children}
    result = {"treefall": 1, "name": f"busy{seed}", "horizon": duration(max(horizon, 1)), "tree": tree}
    if traffic:
        result["traffic"] = traffic
    return result


if __name__ == "__main__":
    print(designs.text(design(int(sys.argv[1]))))
