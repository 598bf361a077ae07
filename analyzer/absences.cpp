// What a process is not there for, or has not begun with, by the text of the design: what the script starts and stops,
// starts that say `ignore`, ticks and sources that wait before their first message.
#include <algorithm>
#include <variant>

#include "analyzer/survey.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

using spec::NodeId;

namespace {

// Those ends of workers that the script brings are crash sources of theirs.
bool keeps_away(const Survey& s, const spec::ScriptedEvent& event) {
  using Do = spec::ScriptedEvent::Do;
  switch (event.what) {
    case Do::send:
      return false;
    case Do::kill:
    case Do::exit:
    case Do::shutdown:
      return spec::as_supervisor(s.node(event.process.node)) != nullptr;
    case Do::start_child:
    case Do::terminate_child:
    case Do::restart_child:
    case Do::delete_child:
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> kept_away(const Survey& s) {
  std::vector<std::string> why(s.stage.design.nodes.size());
  for (const auto& event : s.stage.design.script) {
    if (!keeps_away(s, event)) continue;
    const bool starts = event.what == spec::ScriptedEvent::Do::start_child;
    const NodeId id = starts ? event.child : event.process.node;
    if (id != spec::no_node && why[id].empty())
      why[id] = "the script " + std::string(starts ? "starts" : "interferes with") + " `" + s.node(id).name + "` at " +
                spec::seconds_text(spec::in_seconds(event.at));
  }
  return why;
}

double ignores(const Survey& s, NodeId id) {
  const auto& init = spec::as_worker(s.node(id))->init;
  if (!init) return 0;
  const auto first = std::ranges::find(init->outcomes, spec::InitOutcome::ignore);
  if (first == init->outcomes.end()) return 0;
  const auto restarts = static_cast<double>(first - init->outcomes.begin());
  const double rate = known(exits(s, id, true)) + s.strays[id] + s.of[id].resets;
  return restarts > 0 ? at_most_one(times(rate, s.horizon) / restarts) : 1;
}

double until_first(const Stage& stage, NodeId worker) {
  const auto& design = stage.design;
  double longest = 0;
  for (const auto& tick : spec::as_worker(design.nodes[worker])->ticks)
    longest = std::max({longest, spec::mean(tick.every), tick.first ? spec::mean(*tick.first) : 0});
  for (const spec::TrafficId id : stage.facts.loads.of[worker].arrivals.sources) {
    const auto take = [&](const auto& source) {
      longest = std::max({longest, spec::mean(source.every), source.first ? spec::mean(*source.first) : 0});
    };
    const auto& arrivals = design.traffic[id].arrivals;
    if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&arrivals)) take(*renewal);
    if (const auto* burst = std::get_if<spec::Traffic::Burst>(&arrivals)) take(*burst);
  }
  return longest;
}

double begins_later(const Stage& stage, NodeId worker) {
  return std::max(0.0, until_first(stage, worker) - 1 / std::max(stage.facts.loads.of[worker].rate, 1e-12));
}

}  // namespace treefall::analyzer
