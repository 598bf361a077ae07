// The rules of counting are the runtime's (where it changes a Tally): a crash is an exit that is not orderly and that
// nobody asked for; a restart of a worker is any start that succeeds after the first; what is still under way at the
// end counts up to it. What follows the line `draining` belongs to the stop that was ordered then, of which only its
// length is taken.
#include "confirm/tallying.hpp"

#include <algorithm>
#include <charconv>

#include "confirm/trace_line.hpp"

namespace treefall::confirm {
namespace {

using runtime::Time;
using runtime::Wide;

bool orderly(std::string_view reason) {
  return reason == "normal" || reason == "shutdown" || reason.starts_with("shutdown:");
}

/// The copy numbers of a path, for the node and those above it, from the root down; 0 where a level has no copies.
std::vector<std::uint32_t> copy_numbers(std::string_view path) {
  std::vector<std::uint32_t> numbers;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view level = path.substr(0, slash);
    std::uint32_t number = 0;
    if (level.ends_with(']')) {
      const std::size_t open = level.rfind('[');
      std::from_chars(level.data() + open + 1, level.data() + level.size() - 1, number);
    }
    numbers.push_back(number);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return numbers;
}

/// Is the process of that node, with these copy numbers, one of those that the target means?
bool means(const spec::Design& design, const spec::Target& target, spec::NodeId node,
           const std::vector<std::uint32_t>& numbers) {
  if (target.node != node) return false;
  std::size_t level = numbers.size();
  for (spec::NodeId at = node; at != spec::no_node && level > 0; at = design.nodes[at].parent) {
    --level;
    for (const spec::Pin& pin : target.pins)
      if (pin.node == at && pin.copy != numbers[level]) return false;
  }
  return true;
}

}  // namespace

Tallying::Tallying(const spec::Design& design, const std::vector<spec::Subject>& subjects, spec::Duration until)
    : design_(design),
      subjects_(subjects),
      counted_(subjects.size()),
      before_(subjects.size()),
      until_(until.count()),
      batch_(until_ / runtime::batches_a_replica),
      next_batch_(batch_) {
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) {
    spec::Target target;
    target.node = id;
    nodes_.emplace(without_copies(spec::path(design, target)), id);
  }
}

Tallying::Place& Tallying::place(std::string_view path) {
  const auto [found, fresh] = places_.try_emplace(std::string(path));
  Place& place = found->second;
  if (!fresh) return place;
  const auto node = nodes_.find(without_copies(path));
  if (node == nodes_.end()) return place;
  const spec::NodeId id = node->second;
  const std::vector<std::uint32_t> numbers = copy_numbers(path);
  place.supervisor = spec::as_supervisor(design_.nodes[id]) != nullptr;
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const auto* target = std::get_if<spec::Target>(&subjects_[i]);
    if (target != nullptr && means(design_, *target, id, numbers)) place.subjects.push_back(i);
    const auto* application = std::get_if<spec::ApplicationSubject>(&subjects_[i]);
    if (application != nullptr && design_.applications[application->application].root == id)
      place.applications.push_back(i);
  }
  return place;
}

/// Changes the tallies of all that this place belongs to.
template <class Change>
void Tallying::each(const Place& place, Change change) {
  for (const std::size_t i : place.subjects) change(counted_[i].tally);
}

void Tallying::line(std::string_view text) {
  const std::string_view event = field(text, "event");
  if (event.empty()) {  // the header
    latest_ = number(text, "late_ns");
    return;
  }
  if (event == "late") {
    lateness_[number(text, "ms")] += static_cast<std::uint64_t>(number(text, "count"));
    return;
  }
  now_ = number(text, "t_ns");
  if (event == "draining") {
    now_ = until_;
    close();
    return;
  }
  if (closed_ && event != "exited" && event != "stopping") return;
  if (!closed_ && now_ > until_) return;  // ticks are said to arrive when they are set
  if (!closed_ && event != "arrives") end_batches();
  if (event == "called") {
    called(text);
  } else if (event == "node_stopped") {
    over_ = true;
    close();
  } else if (const std::string_view path = field(text, "process"); !path.empty()) {
    Place& at = place(path);
    structure(event, text, at);
    messages(event, text, at);
  }
}

void Tallying::structure(std::string_view event, std::string_view text, Place& place) {
  if (event == "starting") {
    place.alive = true;
    place.gave_up = false;
    place.since = now_;
    place.attempt = number(text, "attempt");
  } else if (event == "started") {
    started(place, number(text, "incarnation"));
  } else if (event == "start_failed" || event == "start_ignored") {
    if (place.alive && !place.up) each(place, [&](runtime::Tally& tally) { tally.at_risk += now_ - place.since; });
    if (!place.up) place.alive = false;
  } else if (event == "exited") {
    closed_ ? stopped(place) : exited(place, field(text, "reason"));
  } else if (event == "stopping") {
    place.stopping = true;
    place.stop_begun = now_;
  } else if (event == "restart_counted") {
    each(place, [](runtime::Tally& tally) { ++tally.restarts; });
  } else if (event == "gave_up") {
    each(place, [&](runtime::Tally& tally) {
      ++tally.gave_up;
      tally.at_risk += now_ - place.since;
      tally.lives += now_ - place.since;
      if (!place.failed_before) tally.first_failures.push_back(now_);
    });
    place.gave_up = place.failed_before = true;
  } else if (event == "message_lost") {
    const auto count = static_cast<std::uint64_t>(number(text, "count"));
    each(place, [&](runtime::Tally& tally) {
      tally.lost += count;
      if (place.crashed_at == now_) tally.lost_at_crashes += count;
    });
  }
}

void Tallying::started(Place& place, std::int64_t incarnation) {
  place.up = true;
  place.stopping = false;
  each(place, [&](runtime::Tally& tally) {
    tally.up.change(now_, +1);
    if (incarnation > 1 && !place.supervisor) ++tally.restarts;
    if (incarnation > 1) return;
    tally.boot_time += now_ - place.since;
    ++tally.boots;
  });
  for (const std::size_t i : place.applications) {
    runtime::Tally& tally = counted_[i].tally;
    tally.up.change(now_, +1);
    tally.boot_time += now_ - place.since;
    ++tally.boots;
  }
}

void Tallying::exited(Place& place, std::string_view reason) {
  const bool crash = place.up && !place.stopping && !orderly(reason);
  each(place, [&](runtime::Tally& tally) {
    if (!place.gave_up) tally.at_risk += now_ - place.since;
    if (place.up) tally.up.change(now_, -1);
    if (place.busy) tally.busy.change(now_, -1);
    if (crash) ++tally.crashes;
    if (!place.up && place.attempt == 1) ++tally.boot_failures;
    for (const auto& [id, since] : place.waiting)
      if (since < now_) tally.discarded_wait += now_ - since;
  });
  for (const std::size_t i : place.applications) root_exited(place, counted_[i].tally);
  if (crash) place.crashed_at = now_;
  place.waiting.clear();
  place.alive = place.up = place.busy = place.stopping = false;
}

/// The end of an application, by itself unless it was told to stop.
void Tallying::root_exited(const Place& place, runtime::Tally& tally) {
  if (!place.up) {
    ++tally.boot_failures;
    return;
  }
  tally.up.change(now_, -1);
  tally.at_risk += now_ - place.since;
  if (place.stopping) return;
  ++tally.gave_up;
  tally.lives += now_ - place.since;
  tally.first_failures.push_back(now_);
}

/// While the node is told to stop.
void Tallying::stopped(Place& place) {
  if (!place.supervisor || !place.stopping) return;
  place.stopping = false;
  const auto count = [&](runtime::Tally& tally) {
    tally.shutdown_time += now_ - place.stop_begun;
    ++tally.shutdowns;
  };
  each(place, count);
  for (const std::size_t i : place.applications) count(counted_[i].tally);
}

void Tallying::messages(std::string_view event, std::string_view text, Place& place) {
  if (event == "arrives") {
    place.waiting.emplace(number(text, "id"), now_);
  } else if (event == "taken_up") {
    const auto waited = place.waiting.find(number(text, "id"));
    each(place, [&](runtime::Tally& tally) {
      tally.busy.change(now_, +1);
      if (waited == place.waiting.end()) return;
      const Time wait = std::max<Time>(0, now_ - waited->second);
      ++tally.taken;
      tally.waited += wait;
      tally.waits.add(wait);
    });
    if (waited != place.waiting.end()) place.waiting.erase(waited);
    place.busy = true;
  } else if (event == "done" && place.busy) {
    const bool handled = number(text, "handled") == 1;
    each(place, [&](runtime::Tally& tally) {
      tally.busy.change(now_, -1);
      if (handled) ++tally.handled;
    });
    place.busy = false;
  }
}

void Tallying::called(std::string_view text) {
  const bool late = field(text, "outcome") == "timeout";
  const auto count = [&](runtime::Tally& tally) {
    ++tally.calls;
    if (late) ++tally.timeouts;
  };
  each(place(field(text, "to")), count);
  const std::string_view from = field(text, "from");
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    if (std::holds_alternative<spec::TrafficSubject>(subjects_[i]) && spec::path(design_, subjects_[i]) == from)
      count(counted_[i].tally);
  }
}

runtime::Pairs Tallying::pairs(std::size_t subject, Time now, Time span) const {
  const std::uint64_t copies =
      std::holds_alternative<spec::Target>(subjects_[subject]) ? spec::copies(design_, subjects_[subject]) : 1;
  return runtime::pairs_of(counted_[subject].tally, now, span, static_cast<std::uint32_t>(copies));
}

void Tallying::end_batches() {
  for (; batch_ > 0 && now_ >= next_batch_; next_batch_ += batch_) {
    for (std::size_t i = 0; i < counted_.size(); ++i) {
      const runtime::Pairs now = pairs(i, next_batch_, next_batch_);
      for (std::size_t ratio = 0; ratio < runtime::ratio_count; ++ratio)
        counted_[i].batches[ratio].add(now[ratio].x - before_[i][ratio].x, now[ratio].t - before_[i][ratio].t);
      before_[i] = now;
    }
  }
}

/// A node that has ended is down for the rest of its time.
void Tallying::end_batches_of_down_time() {
  constexpr auto availability = static_cast<std::size_t>(runtime::Ratio::availability);
  for (; over_ && batch_ > 0 && next_batch_ <= until_; next_batch_ += batch_) {
    for (std::size_t i = 0; i < counted_.size(); ++i) {
      const runtime::Pair now = pairs(i, now_, next_batch_)[availability];
      runtime::Pair& before = before_[i][availability];
      counted_[i].batches[availability].add(now.x - before.x, now.t - before.t);
      before = now;
    }
  }
}

/// What is under way counts up to now.
void Tallying::close() {
  if (closed_) return;
  closed_ = true;
  end_batches();
  for (auto& [path, place] : places_) {
    if (!place.alive) continue;
    const Time age = now_ - place.since;
    each(place, [&, &open = place](runtime::Tally& tally) {
      if (!open.gave_up) tally.at_risk += age;
      tally.left_age += age;
      for (const auto& [id, since] : open.waiting) {
        if (since >= now_) continue;
        ++tally.left;
        tally.discarded_wait += now_ - since;
      }
    });
    if (!place.up) continue;
    for (const std::size_t i : place.applications) counted_[i].tally.at_risk += age;
  }
  for (std::size_t i = 0; i < counted_.size(); ++i) counted_[i].pairs = pairs(i, now_, over_ ? until_ : now_);
  end_batches_of_down_time();
}

std::vector<Counted> Tallying::finish() {
  if (!closed_) {
    now_ = until_;
    close();
  }
  constexpr auto stop = static_cast<std::size_t>(runtime::Ratio::shutdown_time);
  for (Counted& one : counted_) one.pairs[stop] = {one.tally.shutdown_time, static_cast<Wide>(one.tally.shutdowns)};
  return std::move(counted_);
}

}  // namespace treefall::confirm
