// A mailbox is worked off in the order of arrival. Of messages that bring rho seconds of work per second, those are
// done by t that had come by t / rho at the latest, whatever else came between them: lambda (1 - 1 / rho) t are left at
// the least. While a fault lasts a message may take less; the shorter of its times counts.
#include "analyzer/least_load.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "analyzer/calls.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

// Messages per second of an open source in the long run; 0 for others.
double open_rate(const spec::Traffic& traffic) {
  struct Rate {
    double operator()(const spec::Traffic::Poisson& poisson) const { return poisson.per_second; }
    double operator()(const spec::Traffic::Renewal& renewal) const { return 1 / spec::mean(renewal.every); }
    double operator()(const spec::Traffic::Burst& burst) const {
      return static_cast<double>(burst.size) / spec::mean(burst.every);
    }
    double operator()(const spec::Traffic::At&) const { return 0; }
    double operator()(const spec::Traffic::Closed&) const { return 0; }
  };
  return traffic.during ? 0 : std::visit(Rate{}, traffic.arrivals);
}

double least_mean(const spec::Handler& handler) {
  double least = spec::mean(handler.takes);
  for (const auto& during : handler.during) least = std::min(least, least_mean(during.handler.front()));
  return least;
}

bool picks_one_copy(const Design& design, const spec::Target& target) {
  return std::any_of(target.pins.begin(), target.pins.end(),
                     [&](const auto& pin) { return design.nodes[pin.node].count.value > 1; });
}

// ---- rings of casts ----

struct Step {
  const spec::Handler* handler = nullptr;
  double times = 1;  // of the cast that led here
};

struct Search {
  const Design& design;
  const Crashes& crashes;
  std::vector<Step> path{};
  std::vector<Multiplying> found{};
  std::size_t left = 10'000;  // steps: a ring that takes more to find is not looked for
};

bool is_on(const std::vector<Multiplying>& found, const spec::Cast& cast) {
  return std::any_of(found.begin(), found.end(), [&](const auto& ring) { return ring.cast == &cast; });
}

void close_ring(Search& s, std::size_t from, NodeId node, const spec::Cast& cast, double fed) {
  double gain = cast.times;
  for (std::size_t i = from + 1; i < s.path.size(); ++i) gain *= s.path[i].times;
  if (gain < 1 || (gain == 1 && fed <= 0) || is_on(s.found, cast)) return;
  s.found.push_back({node, &cast, gain, fed, from + 1 == s.path.size()});
}

// Follows what a message of this kind makes, all of it for certain.
void follow(Search& s, NodeId node, const spec::Handler& handler, double times, double fed) {
  const bool plain = handler.during.empty() && handler.calls.empty() && s.crashes.of[node].empty() &&
                     !spec::as_worker(s.design.nodes[node])->mailbox.shed_above;
  if (!plain || s.left == 0) return;
  --s.left;
  s.path.push_back({&handler, times});
  for (const auto& cast : handler.casts) {
    const auto* to = spec::as_worker(s.design.nodes[cast.to.node]);
    const auto* next = to == nullptr ? nullptr : clause_for(*to, cast.message).handler;
    if (next == nullptr) continue;
    const auto before =
        std::find_if(s.path.begin(), s.path.end(), [&](const Step& step) { return step.handler == next; });
    if (before != s.path.end())
      close_ring(s, static_cast<std::size_t>(before - s.path.begin()), node, cast, fed);
    else
      follow(s, cast.to.node, *next, cast.times, fed);
  }
  s.path.pop_back();
}

}  // namespace

std::optional<LeastLoad> least_load(const Design& design, const Tree& tree, const Crashes& crashes, NodeId id) {
  const auto& worker = *spec::as_worker(design.nodes[id]);
  if (!crashes.of[id].empty() || worker.mailbox.shed_above) return std::nullopt;
  LeastLoad least;
  double late = 0;  // messages that the sources may be short of their rates, as they begin
  for (const auto& traffic : design.traffic) {
    if (traffic.to.node != id || picks_one_copy(design, traffic.to)) continue;
    const double rate = open_rate(traffic) / static_cast<double>(tree.copies[id]);
    const Clause clause = clause_for(worker, traffic.message);
    if (!(rate > 0) || clause.handler == nullptr) continue;
    const double takes = least_mean(*clause.handler);
    if (!(takes > 0)) continue;
    least.rate += rate;
    least.busy += rate * takes;
    if (const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals))
      late += static_cast<double>(burst->size);
    late += 1;
  }
  if (!(least.busy > 0)) return std::nullopt;
  const double time = spec::in_seconds(design.horizon.value);
  if (least.busy > 1) least.growth = std::max(0.0, least.rate * (1 - 1 / least.busy) - 2 * late / time);
  return least;
}

std::vector<Multiplying> multiplying_messages(const Design& design, const Tree& tree, const Crashes& crashes) {
  Search search{design, crashes};
  for (const auto& traffic : design.traffic) {
    const auto* worker = spec::as_worker(design.nodes[traffic.to.node]);
    if (worker == nullptr || traffic.during || std::holds_alternative<spec::Traffic::Closed>(traffic.arrivals))
      continue;
    if (const auto* handler = clause_for(*worker, traffic.message).handler)
      follow(search, traffic.to.node, *handler, 1,
             open_rate(traffic) / static_cast<double>(tree.copies[traffic.to.node]));
  }
  for (const NodeId id : tree.order)
    if (const auto* worker = spec::as_worker(design.nodes[id]))
      for (const auto& tick : worker->ticks) follow(search, id, tick.handler, 1, 1 / spec::mean(tick.every));
  return search.found;
}

}  // namespace treefall::analyzer
