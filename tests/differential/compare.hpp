// Compares two traces of one design: one of the model, one of the real VM.
//
// What a supervisor does (starts, stops, counted restarts, give-ups), how its children end, what each process lost and
// which of its calls failed must be the same, in the same order, at the same times but for the VM's lateness. Events of
// different supervisors have no order between them that would mean anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace treefall::differential {

struct Event {
  std::int64_t t_ns = 0;
  std::string name;     // `exited`
  std::string process;  // empty where it has none
  std::string text;     // the line without its time
  /// A `stopping` whose process is dead within the instant: it may have died of something else before it was told, or
  /// been told before its supervisor knew; the VM's signals race. Its `exited` tells all that matters.
  bool momentary = false;
};

/// The events of trace lines, without the header.
std::vector<Event> parse(const std::vector<std::string>& lines);

/// One of them.
Event parse_line(const std::string& line);

/// Marks those that are momentary; `parse` has done so.
void mark_momentary(std::vector<Event>& events);

/// The lines again, with an empty header.
std::vector<std::string> to_lines(const std::vector<Event>& events);

struct Bounds {
  /// Times may be apart by this, and by so much of the time that has passed.
  std::int64_t lateness_ns = 30'000'000;
  double drift = 0;
  /// What happens later on one side may happen behind the end on the other.
  std::int64_t end_ns = 0;
};

struct Difference {
  bool any = false;
  std::int64_t t_ns = 0;  // of the earlier side
  std::string where;      // which sequence
  std::string what;       // in words
};

/// The first difference by time.
Difference compare(const std::vector<Event>& model, const std::vector<Event>& real, const Bounds& bounds);

/// Two executions of the model whose times are a little different, each by itself: an event that is the same but for
/// its time (one of many calls that fail) is taken for another when it is further away than such differences can add up
/// to.
Bounds nearly(std::int64_t end_ns);

/// By how much the VM was late at worst, as the header of its trace says.
std::int64_t lateness(const std::vector<std::string>& lines);

/// Both side by side, by supervisor.
std::string side_by_side(const std::vector<Event>& model, const std::vector<Event>& real);

}  // namespace treefall::differential
