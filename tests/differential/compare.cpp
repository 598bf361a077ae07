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
  if (is({"starting", "started", "start_failed", "start_ignored", "stopping"})) {
    const bool is_root =
        event.process.find('/') == std::string::npos;  // what is outside of all trees starts at any time
    return (is_root ? "node, " + event.process : parent_of(event.process)) + ": acts";
  }
  if (is({"exited"})) return parent_of(event.process) + ": exits";
  if (is({"message_lost"})) return event.process + ": lost";
  if (is({"call_failed"})) return event.process + ": calls";
  return "node";
}

using Sequences = std::map<std::string, std::vector<const Event*>>;

Sequences sequences(const std::vector<Event>& events) {
  Sequences result;
  for (const Event& event : events) {
    result[sequence_of(event)].push_back(&event);
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
  std::int64_t time() const {
    return std::min(model != nullptr ? model->t_ns : INT64_MAX, real != nullptr ? real->t_ns : INT64_MAX);
  }
};

/// The first place where two sequences part.
struct Parting {
  bool any = false;
  Pair pair;
  void found(const Pair& here) {
    if (any && pair.time() <= here.time()) return;
    any = true;
    pair = here;
  }
};

bool is_late(const Pair& pair, const Bounds& bounds) {
  const auto passed = static_cast<double>(std::max(pair.model->t_ns, pair.real->t_ns));
  return std::llabs(pair.model->t_ns - pair.real->t_ns) >
         bounds.lateness_ns + static_cast<std::int64_t>(bounds.drift * passed);
}

Parting part_in_order(const std::vector<const Event*>& model, const std::vector<const Event*>& real,
                      const Bounds& bounds) {
  Parting parting;
  for (std::size_t i = 0, j = 0; i < model.size() || j < real.size();) {
    const Pair pair{i < model.size() ? model[i] : nullptr, j < real.size() ? real[j] : nullptr};
    if (pair.time() >= bounds.end_ns) break;
    const bool equal = pair.model != nullptr && pair.real != nullptr && pair.model->text == pair.real->text;
    if (equal && !is_late(pair, bounds)) {
      ++i;
      ++j;
    } else if (!equal && pair.model != nullptr && pair.model->momentary) {
      ++i;
    } else if (!equal && pair.real != nullptr && pair.real->momentary) {
      ++j;
    } else {
      parting.found(pair);
      break;
    }
  }
  return parting;
}

/// What happens at one instant has no order here: who dies first of those that a signal reaches together, which of
/// several calls fails first.
Parting part_but_for_instants(const std::vector<const Event*>& model, const std::vector<const Event*>& real,
                              const Bounds& bounds) {
  constexpr std::int64_t instant_ns = 5'000'000;
  Parting parting;
  std::map<std::string, std::vector<std::size_t>> where;  // in `real`, the latest first
  for (std::size_t j = real.size(); j-- > 0;) where[real[j]->text].push_back(j);
  std::vector<std::pair<const Event*, std::size_t>> matched;
  for (const Event* event : model) {
    std::vector<std::size_t>& places = where[event->text];
    if (places.empty()) {
      parting.found({event, nullptr});
      continue;
    }
    const Pair pair{event, real[places.back()]};
    if (is_late(pair, bounds)) parting.found(pair);
    for (const auto& [before, place] : matched) {
      if (place > places.back() && event->t_ns - before->t_ns > instant_ns) parting.found({before, pair.real});
    }
    matched.emplace_back(event, places.back());
    places.pop_back();
  }
  for (const auto& [text, places] : where) {
    for (const std::size_t j : places) parting.found({nullptr, real[j]});
  }
  if (parting.pair.time() >= bounds.end_ns) parting.any = false;
  return parting;
}

Parting part(const std::string& name, const std::vector<const Event*>& model, const std::vector<const Event*>& real,
             const Bounds& bounds) {
  const bool any_order = name.ends_with(": exits") || name.ends_with(": calls");
  return any_order ? part_but_for_instants(model, real, bounds) : part_in_order(model, real, bounds);
}

}  // namespace

Event parse_line(const std::string& line) {
  Event event;
  event.t_ns = std::atoll(field(line, "t_ns").c_str());
  event.name = field(line, "event");
  event.process = field(line, "process");
  event.text = line.substr(std::min(line.find("\"event\""), line.size()));
  return event;
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

std::vector<Event> parse(const std::vector<std::string>& lines) {
  std::vector<Event> events;
  for (std::size_t i = 1; i < lines.size(); ++i) events.push_back(parse_line(lines[i]));
  mark_momentary(events);
  return events;
}

std::vector<std::string> to_lines(const std::vector<Event>& events) {
  std::vector<std::string> lines{"{}"};
  for (const Event& event : events) lines.push_back(fmt::format("{{\"t_ns\": {}, {}", event.t_ns, event.text));
  return lines;
}

Difference compare(const std::vector<Event>& model, const std::vector<Event>& real, const Bounds& bounds) {
  const Sequences ours = sequences(model);
  const Sequences theirs = sequences(real);
  std::set<std::string> names;
  for (const auto& [name, sequence] : ours) names.insert(name);
  for (const auto& [name, sequence] : theirs) names.insert(name);
  const std::vector<const Event*> nothing;
  Difference difference;
  for (const std::string& name : names) {
    const auto mine = ours.find(name);
    const auto other = theirs.find(name);
    const Parting parting = part(name, mine == ours.end() ? nothing : mine->second,
                                 other == theirs.end() ? nothing : other->second, bounds);
    if (!parting.any || (difference.any && parting.pair.time() >= difference.t_ns)) continue;
    const Pair& pair = parting.pair;
    difference = {true, pair.time(), name, fmt::format("model: {}\n  real:  {}", shown(pair.model), shown(pair.real))};
  }
  return difference;
}

Bounds nearly(std::int64_t end_ns) { return {30'000'000, 0.08, end_ns}; }

std::int64_t lateness(const std::vector<std::string>& lines) {
  return lines.empty() ? 0 : std::atoll(field(lines.front(), "late_ns").c_str());
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
