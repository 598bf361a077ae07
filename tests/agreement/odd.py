#!/usr/bin/env python3
"""Small random designs with one or two of the seldom used things in them: what an analyser is apt to overlook.

    odd.py SEED    prints one
    agree.py TREEFALL --designs odd [--seeds FIRST:LAST]
"""

import sys

import designs


class Odd(designs.Design):
    """A design of `designs.py`, not too spicy, and then what `ODDITIES` add to it."""

    def __init__(self, seed):
        super().__init__(seed)
        self.spice = self.chance.choice([0.3, 0.6])

    def supervisors(self, tree=None):
        """All of them, each before what is below it."""
        if tree is None:
            return [each for root in self.roots for each in self.supervisors(root)]
        found = [tree]
        for child in tree["children"]:
            if "supervisor" in child:
                found += self.supervisors(child)
        return found

    def any_worker(self):
        return self.chance.choice(self.workers)

    def another(self, worker):
        others = [other for other in self.workers if other is not worker]
        return self.chance.choice(others)["worker"] if others else None

    def fault(self, design):
        faults = design.setdefault("faults", {})
        if not faults:
            faults["odd"] = {"every": f"exp({self.duration(self.span(20, 300))})", "lasts": self.law(self.span(2, 60))}
        return self.chance.choice(sorted(faults))

    def feed(self, design, worker):
        """Messages for a worker that has none."""
        worker.setdefault("handles", {"any": {"takes": self.law(self.span(0.001, 0.05))}})
        traffic = design.setdefault("traffic", {})
        if not any(source["to"] == worker["worker"] for source in traffic.values()):
            traffic[f"odd{len(traffic)}"] = self.traffic(worker)

    def a_call(self, to):
        call = {"to": to}
        if self.chance.random() < 0.6:
            call["timeout"] = self.duration(self.span(0.05, 5))
        if self.chance.random() < 0.2:
            call["on_failure"] = self.chance.choice(["ignore", {"retry": 1}])
        return call

    def a_handler(self, worker):
        return worker["handles"].setdefault("any", {"takes": "1ms"})

    # -- oddities: each changes the design in place

    def clause_during(self, design):
        worker = self.any_worker()
        self.feed(design, worker)
        other = self.another(worker)
        changes = [{"crashes": self.probability(0.01, 0.5)}, {"exits": "normal"}, {"takes": self.law(1)}]
        if other:
            changes += [{"casts": [{"to": other}]}, {"calls": [self.a_call(other)]}]
        self.a_handler(worker)["during"] = {self.fault(design): self.chance.choice(changes)}

    def stale(self, design):
        worker = self.any_worker()
        other = self.another(worker)
        if other:
            self.feed(design, worker)
            worker["depends_on"] = [{"name": other, "uses": self.chance.choice(["name", "pid", "table", "state"])}]

    def linked_copies(self, design):
        worker = self.any_worker()
        if any(one.get("kind") == "partition" and worker in one["children"] for one in self.supervisors()):
            return
        worker["count"] = self.chance.choice([2, 3])
        worker["links"] = [worker["worker"] + "[0]"]
        worker.setdefault("crashes", {"rate": f"{self.span(0.2, 10):.3g}/min"})

    def linked_supervisor(self, design):
        supervisors = [one for one in self.supervisors() if one not in self.roots]
        if supervisors:
            self.any_worker()["links"] = [self.chance.choice(supervisors)["supervisor"]]

    def start_calls(self, design):
        worker = self.any_worker()
        other = self.another(worker)
        if other:
            phase = self.chance.choice(["init", "continue"])
            worker.setdefault(phase, {"takes": self.law(self.span(0.001, 0.5))})
            worker[phase]["calls"] = [self.a_call(other)]

    def long_continue(self, design):
        self.any_worker()["continue"] = {"takes": self.law(self.span(0.5, 20))}

    def outcomes(self, design):
        worker = self.any_worker()
        worker.setdefault("init", {"takes": "1ms"})
        worker["init"]["outcomes"] = ["ok"] + [self.chance.choice(["ok", "ok", "fail", "ignore"]) for _ in range(4)]

    def first(self, design):
        sources = [one for one in design.get("traffic", {}).values() if "every" in one or "burst" in one]
        worker = self.any_worker()
        if sources and self.chance.random() < 0.5:
            self.chance.choice(sources)["first"] = self.duration(self.span(0.1, 100))
        else:
            worker["ticks"] = [{"every": self.law(self.span(0.5, 5)), "first": self.duration(self.span(0.1, 100)),
                                "takes": self.law(self.span(0.001, 0.2))}]

    def redelivered(self, design):
        sources = [one for one in design.get("traffic", {}).values() if "concurrency" not in one and one["sends"] != "call"]
        for source in sources:
            source["redeliver"] = True

    def retried(self, design):
        worker = self.any_worker()
        other = self.another(worker)
        if other:
            worker["ticks"] = [{"every": self.law(self.span(0.5, 5)),
                                "calls": [{"to": other, "on_failure": {"retry": self.chance.choice([1, 2])}}]}]

    def scripted(self, design):
        horizon = {"1min": 60, "5min": 300, "20min": 1200, "1h": 3600}[design["horizon"]]
        script = []
        for _ in range(self.chance.choice([1, 1, 2, 3])):
            worker = self.any_worker()
            do = self.chance.choice(["kill", "exit", "shutdown", "send", "terminate_child"])
            event = {"at": self.duration(round(self.span(horizon / 100, horizon * 0.9), 2))}
            if do in ("send", "terminate_child") and worker.get("count", 1) > 1:
                do = "kill"
            if worker.get("count", 1) > 1:
                event[do] = worker["worker"] + "[0]"
            elif do == "kill" and self.chance.random() < 0.3:
                event[do] = self.chance.choice(self.supervisors())["supervisor"]
            else:
                event[do] = worker["worker"]
            if do == "exit":
                event["reason"] = self.chance.choice(["boom", "normal", "shutdown"])
            if do == "send":
                event["as"] = "cast"
            script.append(event)
        design["script"] = sorted(script, key=lambda event: int(event["at"][:-2]))

    def significant(self, design):
        supervisor = self.chance.choice([one for one in self.supervisors() if "kind" not in one])
        supervisor["auto_shutdown"] = self.chance.choice(["any_significant", "all_significant"])
        for child in supervisor["children"]:
            if self.chance.random() < 0.6:
                child["significant"] = True
                child["restart"] = self.chance.choice(["transient", "temporary"])
                if "worker" in child:
                    child.setdefault("crashes", {"rate": f"{self.span(0.05, 3):.3g}/min",
                                                 "reason": self.chance.choice(["normal", "error"])})

    def stray(self, design):
        stray = {"worker": "Stray", "linked": self.chance.random() < 0.5, "init": {"takes": self.law(0.1)}}
        if self.chance.random() < 0.7:
            stray["started_by"] = self.any_worker()["worker"]
        if self.chance.random() < 0.5:
            stray["crashes"] = {"rate": f"{self.span(0.05, 3):.3g}/min"}
        design["unsupervised"] = [stray]

    def slow_stop(self, design):
        worker = self.any_worker()
        worker["traps_exits"] = True
        worker["terminate"] = {"takes": self.law(self.span(0.1, 5))}
        worker["shutdown"] = self.chance.choice(["infinity", "1s", "5s"])

    def supervisor_called(self, design):
        worker = self.any_worker()
        to = self.chance.choice(self.supervisors())["supervisor"]
        worker["ticks"] = [{"every": self.law(self.span(0.5, 5)), "calls": [self.a_call(to)]}]

    def partition(self, design):
        worker = {"worker": self.name("W"), "crashes": self.clock()}
        self.roots[0]["children"].append({"supervisor": self.name("S"), "kind": "partition",
                                          "partitions": self.chance.choice([2, 4]), "children": [worker]})
        self.workers.append(worker)

    def unknown_message(self, design):
        worker = self.any_worker()
        worker["handles"] = {"known": {"takes": "1ms"}}
        for source in design.get("traffic", {}).values():
            if source["to"] == worker["worker"]:
                source["message"] = self.chance.choice(["known", "strange"])

    def ring(self, design):
        worker = self.any_worker()
        other = self.another(worker)
        if other:
            self.feed(design, worker)
            target = next(one for one in self.workers if one["worker"] == other)
            target.setdefault("handles", {"any": {"takes": "1ms"}})
            send = self.chance.choice(["calls", "casts"])
            self.a_handler(worker)[send] = [{"to": other}] if send == "casts" else [self.a_call(other)]
            if "any" in target["handles"] and self.chance.random() < 0.4:
                target["handles"]["any"][send] = [{"to": worker["worker"]}]

    ODDITIES = [clause_during, stale, linked_copies, linked_supervisor, start_calls, long_continue, outcomes, first,
                redelivered, retried, scripted, significant, stray, slow_stop, supervisor_called, partition,
                unknown_message, ring]

    def draw(self):
        design = super().draw()
        self.roots = [one["tree"] for one in design["applications"]] if "applications" in design else [design["tree"]]
        for change in self.chance.sample(self.ODDITIES, self.chance.choice([1, 1, 2, 3])):
            if self.workers:
                change(self, design)
        return design


def design(seed):
    return Odd(seed).draw()


if __name__ == "__main__":
    print(designs.text(design(int(sys.argv[1]))))
