#include "tests/differential/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace treefall::differential {
namespace {

std::string field(const std::string& line, const std::string& key) {
  const std::string pattern = "\"" + key + "\": ";
  const std::size_t at = line.find(pattern);
  if (at == std::string::npos) return {};
  const std::size_t from = at + pattern.size();
  if (line[from] == '"') return line.substr(from + 1, line.find('"', from + 1) - from - 1);
  return line.substr(from, line.find_first_of(",}", from) - from);
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "node" : path.substr(0, slash);
}

/// In which sequence an event stands.
std::string sequence_of(const Event& event) {
  const auto is = [&](std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), event.name) != names.end();
  };
  if (is({"restart_counted", "gave_up", "auto_shutdown"})) return event.process + ": acts";
  if (is({"starting", "started", "start_failed", "start_ignored", "stopping"}))
    return parent_of(event.process) + ": acts";
  if (is({"exited"})) return parent_of(event.process) + ": exits";
  if (is({"message_lost"})) return event.process + ": lost";
  if (is({"call_failed"})) return event.process + ": calls";
  return "node";
}

using Sequences = std::map<std::string, std::vector<const Event*>>;

/// Children that die at one instant have no order between them; nor has what one process loses at its end.
void settle(std::vector<const Event*>& sequence) {
  constexpr std::int64_t instant_ns = 5'000'000;
  for (auto from = sequence.begin(); from != sequence.end();) {
    const auto to = std::find_if(from, sequence.end(),
                                 [&](const Event* event) { return event->t_ns - (*from)->t_ns > instant_ns; });
    std::stable_sort(from, to, [](const Event* a, const Event* b) { return a->text < b->text; });
    from = to;
  }
}

Sequences sequences(const std::vector<Event>& events) {
  Sequences result;
  for (const Event& event : events) {
    result[sequence_of(event)].push_back(&event);
  }
  for (auto& [name, sequence] : result) {
    if (name.ends_with(": exits") || name.ends_with(": calls")) settle(sequence);
  }
  return result;
}

std::string shown(const Event* event) {
  return event == nullptr ? "nothing"
                          : fmt::format("{:.3f} s {}", static_cast<double>(event->t_ns) * 1e-9, event->text);
}

struct Pair {
  const Event* model = nullptr;
  const Event* real = nullptr;
  std::int64_t time() const { return std::min(model ? model->t_ns : INT64_MAX, real ? real->t_ns : INT64_MAX); }
};

/// The first place where two sequences part; `late` also where times part.
bool parts(const std::vector<const Event*>& model, const std::vector<const Event*>& real, const Bounds& bounds,
           bool late, Pair& pair) {
  for (std::size_t i = 0, j = 0; i < model.size() || j < real.size();) {
    pair = {i < model.size() ? model[i] : nullptr, j < real.size() ? real[j] : nullptr};
    if (pair.time() >= bounds.end_ns) return false;
    if (pair.model == nullptr || pair.real == nullptr || pair.model->text != pair.real->text) {
      if (pair.model != nullptr && pair.model->momentary) {
        ++i;
      } else if (pair.real != nullptr && pair.real->momentary) {
        ++j;
      } else {
        return true;
      }
      continue;
    }
    if (late && std::llabs(pair.model->t_ns - pair.real->t_ns) > bounds.lateness_ns) return true;
    ++i;
    ++j;
  }
  return false;
}

Difference first_difference(const std::vector<Event>& model, const std::vector<Event>& real, const Bounds& bounds,
                            bool late) {
  const Sequences ours = sequences(model);
  const Sequences theirs = sequences(real);
  std::set<std::string> names;
  for (const auto& [name, sequence] : ours) names.insert(name);
  for (const auto& [name, sequence] : theirs) names.insert(name);
  const std::vector<const Event*> nothing;
  Difference difference;
  std::int64_t first = INT64_MAX;
  for (const std::string& name : names) {
    const auto mine = ours.find(name);
    const auto real_one = theirs.find(name);
    Pair pair;
    if (!parts(mine == ours.end() ? nothing : mine->second, real_one == theirs.end() ? nothing : real_one->second,
               bounds, late, pair)) {
      continue;
    }
    if (pair.time() >= first) continue;
    first = pair.time();
    difference = {true, first, name, fmt::format("model: {}\n  real:  {}", shown(pair.model), shown(pair.real))};
  }
  return difference;
}

void mark_momentary(std::vector<Event>& events) {
  constexpr std::int64_t instant_ns = 2'000'000;
  for (Event& stopping : events) {
    if (stopping.name != "stopping") continue;
    stopping.momentary = std::any_of(events.begin(), events.end(), [&](const Event& event) {
      return event.name == "exited" && event.process == stopping.process &&
             std::llabs(event.t_ns - stopping.t_ns) < instant_ns;
    });
  }
}

}  // namespace

std::vector<Event> parse(const std::vector<std::string>& lines) {
  std::vector<Event> events;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    Event event;
    event.t_ns = std::atoll(field(line, "t_ns").c_str());
    event.name = field(line, "event");
    event.process = field(line, "process");
    event.text = line.substr(std::min(line.find("\"event\""), line.size()));
    events.push_back(event);
  }
  mark_momentary(events);
  return events;
}

Difference compare(const std::vector<Event>& model, const std::vector<Event>& real, const Bounds& bounds) {
  return first_difference(model, real, bounds, true);
}

bool same_order(const std::vector<Event>& one, const std::vector<Event>& other, std::int64_t end_ns) {
  return !first_difference(one, other, Bounds{0, end_ns}, false).any;
}

std::string side_by_side(const std::vector<Event>& model, const std::vector<Event>& real) {
  const Sequences ours = sequences(model);
  const Sequences theirs = sequences(real);
  std::set<std::string> names;
  for (const auto& [name, sequence] : ours) names.insert(name);
  for (const auto& [name, sequence] : theirs) names.insert(name);
  std::string text;
  for (const std::string& name : names) {
    const auto mine = ours.find(name);
    const auto real_one = theirs.find(name);
    const std::size_t a = mine == ours.end() ? 0 : mine->second.size();
    const std::size_t b = real_one == theirs.end() ? 0 : real_one->second.size();
    text += name + "\n";
    for (std::size_t i = 0; i < std::max(a, b); ++i) {
      const std::string left = i < a ? shown(mine->second[i]) : "-";
      const std::string right = i < b ? shown(real_one->second[i]) : "-";
      text += fmt::format("  model {}\n{} real  {}\n", left,
                          left.substr(left.find('"') + 1) == right.substr(right.find('"') + 1) ? " " : "!", right);
    }
  }
  return text;
}

}  // namespace treefall::differential
