// The sentences that several rules say, so that the same fact reads the same in each: budgets, who falls with whom,
// what was predicted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/facts.hpp"
#include "analyzer/rule.hpp"
#include "spec/design.hpp"

namespace treefall::rules {

/// What makes a supervisor restart: the kind of crashes that adds most to its counted restarts, and the child and the
/// place that add most of that kind.
struct Culprit {
  spec::NodeId child = spec::no_node;
  const analyzer::CrashSource* source = nullptr;
  double per_second = 0;  // of the whole kind, over all children; 0 where only moments are known
};

/// A finding of this rule about a process: `label` stands under the caret, `message` on top.
analyzer::Finding begin(const analyzer::Rule& rule, spec::NodeId node, spec::Span cause, std::string label,
                        std::string message);
/// A finding about a supervisor that gives up: what makes it restart stands under the caret, its budget is shown
/// beside.
analyzer::Finding begin_fall(const analyzer::Rule& rule, const spec::Design& design, spec::NodeId supervisor,
                             const Culprit& cause, std::string message);
/// Adds the claim that execution can test, and says it in a note. Nothing happens where there is none.
void claim(analyzer::Finding& finding, const analyzer::Prediction* prediction);
/// Says a second prediction in a note; the claim stays what it is.
void claim_beside(analyzer::Finding& finding, const analyzer::Prediction* prediction);

/// Adds a fact; an empty one is none.
void note(analyzer::Finding& finding, std::string text);

/// `Shop.Repo`, between backticks.
std::string quoted(const spec::Design& design, spec::NodeId node);
/// `a crash every 2 s`: the pace of crashes at known times.
std::string pace_text(const analyzer::Fate& fate);
/// `3 restarts in 5 s`.
std::string budget_text(const spec::Supervisor& supervisor);
/// The place of a supervisor's budget: what is written of it, else its name. Says what it is worth.
spec::Label budget_label(const spec::Design& design, spec::NodeId supervisor);

/// What ends a process, under the caret: `Shop.Price` crashes at 12/min.
std::string cause_text(const spec::Design& design, const Culprit& culprit);
/// Notes `falls with it: …` and `stops there: …`: the other children of a supervisor that gives up, the supervisors
/// above that go down in turn (more likely than not within the horizon), and what holds.
void add_fall(analyzer::Finding& finding, const spec::Design& design, const analyzer::Facts& facts,
              spec::NodeId supervisor, spec::NodeId guilty);
/// `holds up to: 0.27 crashes/min for 0.1 % within 24 h`; empty where that cannot be said.
std::string holds_up_to(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor);

/// Nothing where most of it comes from supervisors below that give up (they have findings of their own), or where no
/// rate can be said.
std::optional<Culprit> culprit(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor);

/// A task that the owner has started and whose reply, `DOWN` or `EXIT` it has no clause for; null if there is none.
const spec::Task* unanswered_task(const spec::Worker& worker);
/// Is this a task that takes its owner along, by link, by awaiting it, or by a message without a clause?
bool is_by_task(const spec::Design& design, spec::NodeId node, const analyzer::CrashSource& source);
/// Crashes by tasks and by failed calls are reported by linked-task-kills-owner and timeout-cascade, which know more of
/// them; the restart budget that they burn is part of those findings.
bool has_rule_of_its_own(const spec::Design& design, const Culprit& culprit);
/// A dynamic or partition supervisor that fails although each of its children alone would not make it fail: the case of
/// shared-budget-dynamic.
bool falls_by_sharing(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor);

/// Without those whose claim cannot be said: what a model says of behaviour can be tested by execution, or it is not
/// said.
std::vector<analyzer::Finding> claims(std::vector<analyzer::Finding> findings);

/// The best of a supervisor's claims: the mean time to failure where failing is all but certain, else the probability
/// within the horizon; where neither can be said the restart rate.
const analyzer::Prediction* failure(const analyzer::Facts& facts, spec::NodeId supervisor);
/// Does it fail within the horizon with more than a probability of `tolerated`?
bool fails(const analyzer::Facts& facts, spec::NodeId supervisor);

}  // namespace treefall::rules
