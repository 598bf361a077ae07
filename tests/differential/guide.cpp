// An event is a thing done by one process: who starts a child is its supervisor, all else a process does itself. (That
// a child is told to stop is left out: it may not be told any more where it dies at that instant.)
#include "tests/differential/guide.hpp"

#include <algorithm>

#include "runtime/simulate.hpp"

namespace treefall::differential {
namespace {

bool counts(const Event& event) { return event.name != "stopping"; }

std::string actor(const Event& event) {
  if (event.name != "starting") return event.process;
  const std::size_t slash = event.process.rfind('/');
  return slash == std::string::npos ? std::string() : event.process.substr(0, slash);
}

}  // namespace

Guide::Guide(const spec::Design& design, const std::vector<Event>& real) {
  for (const std::string& path : runtime::places(design)) of_place_.push_back(number(path));
  for (const Event& event : real) {
    if (counts(event)) actors_[number(actor(event))].times.push_back(event.t_ns);
  }
}

std::size_t Guide::number(const std::string& path) {
  const auto [at, added] = numbers_.try_emplace(path, actors_.size());
  if (added) actors_.emplace_back();
  return at->second;
}

void Guide::begin() {
  for (Actor& actor : actors_) actor.done = 0;
}

void Guide::hear(const Event& event) {
  if (counts(event)) ++actors_[number(actor(event))].done;
}

std::int64_t Guide::next(runtime::Slot place) const {
  return place < of_place_.size() ? actors_[of_place_[place]].next() : never;
}

std::int64_t Guide::next_but(runtime::Slot place) const {
  const std::size_t without = place < of_place_.size() ? of_place_[place] : actors_.size();
  std::int64_t earliest = never;
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    if (i != without) earliest = std::min(earliest, actors_[i].next());
  }
  return earliest;
}

}  // namespace treefall::differential
