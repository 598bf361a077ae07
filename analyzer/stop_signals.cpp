// A supervisor under rest_for_one restarts a child by stopping those behind it. Who is stopped exits with `shutdown`,
// or `killed`, and its links carry that to elder siblings, which nobody has asked to stop: their EXITs wait in the
// supervisor's mailbox until the restart is done and are restarts of their own, each of which stops those behind it in
// turn. Under one_for_all, and for all behind the child, the supervisor takes the EXIT of a child that it is about to
// stop out of its mailbox (supervisor.erl, monitor_child), so that these cost nothing.
//
// Exact is what leaves no order open: one elder sibling dies by it, then perhaps one elder than that. Of several that
// die at once it is open whose EXIT is taken up first, hence how many restarts there are. What happens to processes of
// other supervisors, and what the fall of a supervisor does, is bounded in strays.cpp.
#include "analyzer/stop_signals.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "analyzer/calls.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::ExitReason;
using spec::NodeId;
using Sources = std::vector<std::vector<CrashSource>>;

constexpr std::size_t most_sources = 1'000;  // of one process, that are told apart
constexpr std::int64_t never = -1;

struct Family {
  const Design& design;
  const Tree& tree;
  NodeId above;
  const std::vector<NodeId>& children;
  std::vector<std::int64_t> falls_with;  // by rank: the last whose restart ends this one by signals; those before, too
};

const spec::Worker* worker_at(const Family& f, std::size_t rank) {
  return spec::as_worker(f.design.nodes[f.children[rank]]);
}

bool is_sibling(const Family& f, NodeId id) {
  return f.design.nodes[id].parent == f.above && !f.design.nodes[id].scripted;
}

// A signal that reaches `rank` when those behind `crashed` are stopped goes on from there.
void send(Family& f, std::size_t rank, std::size_t crashed) {
  std::vector<std::size_t> ended{rank};
  while (!ended.empty()) {
    const NodeId from = f.children[ended.back()];
    ended.pop_back();
    for (const NodeId other : f.tree.linked[from]) {
      if (!is_sibling(f, other)) continue;
      const std::size_t at = f.tree.rank[other];
      const auto* worker = worker_at(f, at);
      if (worker == nullptr || f.falls_with[at] != never) continue;
      if (worker->traps_exits.value && !may_end_by_exit_message(*worker)) continue;
      f.falls_with[at] = static_cast<std::int64_t>(crashed);
      ended.push_back(at);
    }
  }
}

void send_all(Family& f) {
  for (std::size_t rank = f.children.size(); rank-- > 1;)
    if (worker_at(f, rank) != nullptr) send(f, rank, rank - 1);
}

// What an order to stop makes of it; nothing where its own work may end it otherwise.
std::optional<ExitReason::Kind> reason_of_stop(const Family& f, NodeId id) {
  const auto& node = f.design.nodes[id];
  if (node.shutdown.value.how == spec::Shutdown::How::brutal_kill) return ExitReason::Kind::killed;
  const auto& worker = *spec::as_worker(node);
  if (worker.traps_exits.value && (!(f.tree.stop[id].high <= 0) || may_end_by_exit_message(worker)))
    return std::nullopt;
  return ExitReason::Kind::shutdown;
}

// The reason with which it dies, where all siblings to which it is linked, directly or not, would pass on the same and
// no other link leads away.
struct Links {
  std::optional<ExitReason::Kind> reason;
  std::string why;  // nothing can be said
};
Links links_of(const Family& f, const Sources& of, NodeId id) {
  Links links;
  std::set<NodeId> seen{id};
  std::vector<NodeId> reached{id};
  const auto open = [](const char* why) { return Links{{}, why}; };
  for (std::size_t next = 0; next < reached.size(); ++next) {
    const NodeId at = reached[next];
    if (std::any_of(of[at].begin(), of[at].end(),
                    [](const auto& s) { return s.reason.kind == ExitReason::Kind::normal; }))
      return open("after a normal exit it is not linked again at once");
    if (next > 0) {
      const auto reason = reason_of_stop(f, at);
      if (!reason || (links.reason && *reason != *links.reason)) return open("with which reason it dies is open");
      links.reason = reason;
      if (spec::as_worker(f.design.nodes[at])->traps_exits.value) continue;
    }
    for (const NodeId other : f.tree.linked[at]) {
      if (!is_sibling(f, other)) return open("whether it is linked again depends on who is restarted first");
      if (seen.insert(other).second) reached.push_back(other);
    }
    if (reached.size() > most_sources) return open("it is linked to too many to be followed");
  }
  return links;
}

CrashSource unknown_death(const Family& f, NodeId by, const CrashSource& cause, const std::string& why) {
  CrashSource source = cause;
  source.kind = CrashSource::Kind::stop_signal;
  source.times = UnsaidCrashes{std::numeric_limits<double>::quiet_NaN(), why};
  source.reason = {ExitReason::Kind::shutdown, {}};
  source.guilty = by;
  source.message.reset();
  source.only = nullptr;
  source.what = "a sibling to which it is linked is stopped when `" + f.design.nodes[by].name + "` is restarted";
  return source;
}

// Only where its event ends this one child and comes as a plain stream is it known what follows.
bool is_plain(const CrashSource& cause, const std::map<CrashId, std::size_t>& deaths) {
  const auto* poisson = std::get_if<PoissonCrashes>(&cause.times);
  if (poisson == nullptr || poisson->late) return false;
  if (cause.kind == CrashSource::Kind::stop_signal) return true;
  return !cause.follows && deaths.at(cause.event) == 1;
}

// The one elder sibling that dies whenever a process of `by` is restarted.
void add_deaths(const Family& f, NodeId by, NodeId elder, const std::map<CrashId, std::size_t>& deaths, Sources& of) {
  const auto& node = f.design.nodes[elder];
  const Links links = links_of(f, of, elder);
  const bool known = links.why.empty() && node.count.value == 1 && !spec::as_worker(node)->traps_exits.value;
  const auto copies = static_cast<double>(f.design.nodes[by].count.value);
  for (std::uint32_t index = 0; index < of[by].size(); ++index) {
    const CrashSource& cause = of[by][index];
    if (!cause.counted) continue;
    const bool followed = known && is_plain(cause, deaths) && of[elder].size() < most_sources;
    CrashSource source =
        unknown_death(f, by, cause, links.why.empty() ? "how a sibling's restart ends it is open" : links.why);
    if (followed) {
      source.times = cause.times;
      std::get<PoissonCrashes>(source.times).per_second *= copies;
      source.reason.kind = *links.reason;
      source.follows = CrashId{by, index};
    }
    source.counted = is_counted(node.restart.value, source.reason);
    of[elder].push_back(std::move(source));
    if (!followed) return;
  }
}

void add_open_death(const Family& f, NodeId by, NodeId elder, Sources& of) {
  const auto cause = std::find_if(of[by].begin(), of[by].end(), [](const auto& source) { return source.counted; });
  auto source = unknown_death(f, by, *cause,
                              "how many restarts one crash costs depends on the order in which linked "
                              "siblings are seen to die");
  source.counted = f.design.nodes[elder].restart.value != spec::Restart::temporary;
  of[elder].push_back(std::move(source));
}

bool is_restarted(const std::vector<CrashSource>& list) {
  return std::any_of(list.begin(), list.end(), [](const auto& source) { return source.counted; });
}

std::map<CrashId, std::size_t> deaths_by_event(const Family& f, const Sources& of) {
  std::map<CrashId, std::size_t> deaths;
  for (const NodeId child : f.children)
    for (const auto& source : of[child]) ++deaths[source.event];
  return deaths;
}

// From the last child on, so that whoever dies by it is asked in turn whom its own restart ends.
void add_family(Family& f, Sources& of) {
  const auto deaths = deaths_by_event(f, of);
  std::vector<std::vector<std::size_t>> begins(f.children.size());
  for (std::size_t rank = 0; rank < f.children.size(); ++rank)
    if (f.falls_with[rank] >= static_cast<std::int64_t>(rank))
      begins[static_cast<std::size_t>(f.falls_with[rank])].push_back(rank);
  std::set<std::size_t> elders;  // who dies when this one is restarted
  std::set<std::size_t> open;    // those of them of which nothing is said yet
  for (std::size_t rank = f.children.size(); rank-- > 0;) {
    for (const std::size_t elder : begins[rank]) elders.insert(elder), open.insert(elder);
    const NodeId id = f.children[rank];
    const bool several = f.design.nodes[id].count.value > 1;
    if (!several) elders.erase(rank), open.erase(rank);  // of several copies the earlier ones are elders, too
    if (worker_at(f, rank) != nullptr && is_restarted(of[id])) {
      if (elders.size() == 1 && *elders.begin() != rank) {
        add_deaths(f, id, f.children[*elders.begin()], deaths, of);
      } else {
        for (const std::size_t elder : open) add_open_death(f, id, f.children[elder], of);
        open.clear();
      }
    }
    elders.erase(rank);
    open.erase(rank);
  }
}

}  // namespace

bool may_end_by_exit_message(const spec::Worker& worker) {
  const Clause clause = clause_for(worker, "EXIT");
  if (clause.unknown || clause.handler == nullptr) return clause.unknown;
  const spec::Handler& handler = *clause.handler;
  return handler.crash_probability > 0 || handler.exits || !handler.calls.empty() || !handler.tasks.empty() ||
         !handler.during.empty();
}

void add_stop_signals(const Design& design, const Tree& tree, Sources& of) {
  for (const NodeId id : tree.order) {
    const auto* supervisor = spec::as_supervisor(design.nodes[id]);
    if (supervisor == nullptr || supervisor->strategy.value != spec::Strategy::rest_for_one) continue;
    Family family{design, tree, id, design.nodes[id].children, {}};
    family.falls_with.assign(family.children.size(), never);
    send_all(family);
    add_family(family, of);
  }
}

}  // namespace treefall::analyzer
