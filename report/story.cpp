// Knows what matters in a trace; hides how events that belong together are found.
//
// A restart is told when the supervisor has counted it: the death before it is its cause. What a supervisor stops is
// told once for each of its children, with all that was below it.
#include "report/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "report/figures.hpp"
#include "report/glyphs.hpp"
#include "report/table.hpp"
#include "report/trace_events.hpp"
#include "spec/wording.hpp"

namespace treefall::report {

namespace {

constexpr std::size_t most_beats = 30;         // told in full; of more, the last
constexpr std::size_t most_stops_at_once = 6;  // children told apart when one supervisor falls

/// One line of the story.
struct Beat {
  std::int64_t t_ns = 0;
  std::string who;  // a path, or other words where `is_path` is false
  bool is_path = true;
  std::string what;
  std::string note;
  Style style = Style::plain;
};

/// `00:01:27.031`; days count as hours.
std::string clock_text(std::int64_t t_ns) {
  const std::int64_t ms = t_ns / 1'000'000;
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

/// `1st`, `2nd`, `11th`.
std::string ordinal(std::uint64_t number) {
  const std::uint64_t last = number % 10;
  const bool teen = number % 100 / 10 == 1;
  const char* ending = teen || last == 0 || last > 3 ? "th" : last == 1 ? "st" : last == 2 ? "nd" : "rd";
  return spec::count_text(number) + ending;
}

std::string without_copy(const std::string& path) {
  return path.ends_with(']') ? path.substr(0, path.rfind('[')) : path;
}

/// What an exit reason says in the plain verb of a sentence.
std::string how_it_died(const std::string& reason) {
  const auto after = [&](std::string_view start) { return last_name(reason.substr(start.size())); };
  if (reason.starts_with("crash")) return "crashes";
  if (reason.starts_with("timeout:")) return "waits too long for " + after("timeout:");
  if (reason.starts_with("noproc:")) return "finds " + after("noproc:") + " gone";
  if (reason.starts_with("shutdown")) return "shuts down";
  if (reason == "killed") return "is killed";
  return "exits";
}

class Storyteller {
 public:
  void hear(const TraceEvent& event);
  std::vector<Beat> take() && {
    const bool cut = !falling_.empty() && !stops_.empty();
    flush_stops();
    if (cut) beats_.back().note += " so far";
    return std::move(beats_);
  }

 private:
  struct Death {
    std::string process;
    std::string how;
    std::uint64_t lost = 0;
  };
  /// What one supervisor stops of one child: the child, all its copies, and all below.
  struct Stop {
    std::int64_t t_ns = 0;
    std::string child;
    std::uint64_t processes = 0;
    std::uint64_t lost = 0;
  };

  void exited(const TraceEvent& event);
  void stopping(const TraceEvent& event);
  void restart_counted(const TraceEvent& event);
  void gave_up(const TraceEvent& event);
  void flush_stops();
  std::string lost_text(std::uint64_t lost) const {
    return lost == 0 ? "" : ", " + spec::count_text(lost, "message") + " lost";
  }
  void tell(Beat beat) {
    flush_stops();
    beats_.push_back(std::move(beat));
  }

  std::vector<Beat> beats_;
  std::string falling_;                         // who gave up and is not down yet
  std::optional<Death> death_;                  // the last that nobody ordered
  std::vector<Stop> stops_;                     // since the last beat
  std::map<std::string, std::size_t> stop_of_;  // process being stopped -> of which stop it is part
};

void Storyteller::hear(const TraceEvent& event) {
  const std::string& what = event.event;
  if (what == "exited") exited(event);
  if (what == "stopping") stopping(event);
  if (what == "restart_counted") restart_counted(event);
  if (what == "gave_up") gave_up(event);
  if (what == "start_failed") death_ = Death{event.process, "fails to start", 0};
  if (what == "message_lost") {
    if (const auto stop = stop_of_.find(event.process); stop != stop_of_.end()) {
      stops_[stop->second].lost += event.count;
    } else if (death_ && death_->process == event.process) {
      death_->lost += event.count;
    }
  }
  if (what == "auto_shutdown")
    tell({event.t_ns, event.process, true, "shuts down", "its significant children ended", {}});
  if (what == "fault_began") tell({event.t_ns, event.fault, false, "begins", "", Style::warning});
  if (what == "fault_ended") tell({event.t_ns, event.fault, false, "ends", "", Style::good});
  if (what == "node_stopped") {
    const std::string note =
        fmt::format("application `{}` has ended: {}", shown(event.application), shown(event.reason));
    tell({event.t_ns, "node", false, "stops", note, Style::bad});
  }
}

void Storyteller::exited(const TraceEvent& event) {
  if (event.process == falling_) falling_.clear();
  if (const auto stop = stop_of_.find(event.process); stop != stop_of_.end()) {
    ++stops_[stop->second].processes;
  } else {
    death_ = Death{event.process, how_it_died(event.reason), 0};
  }
}

void Storyteller::stopping(const TraceEvent& event) {
  const auto above = stop_of_.find(event.by);
  if (above != stop_of_.end()) {
    stop_of_[event.process] = above->second;
    return;
  }
  const std::string child = without_copy(event.process);
  auto stop = std::find_if(stops_.begin(), stops_.end(), [&](const Stop& known) { return known.child == child; });
  if (stop == stops_.end()) stop = stops_.insert(stops_.end(), {event.t_ns, child, 0, 0});
  stop_of_[event.process] = static_cast<std::size_t>(stop - stops_.begin());
}

/// One too many is told by the giving up that follows.
void Storyteller::restart_counted(const TraceEvent& event) {
  if (!death_ || event.in_window > event.intensity) return;
  const Death death = *death_;
  tell({event.t_ns, death.process, true, death.how,
        fmt::format("restart {} of {}{}", event.in_window, event.intensity, lost_text(death.lost)), Style::warning});
}

void Storyteller::gave_up(const TraceEvent& event) {
  falling_ = event.process;
  const std::string supervisor = shown(last_name(event.process));
  const std::uint64_t seconds = event.period_s + 1;
  const std::string note = fmt::format("{} in {} whole seconds: {} gives up",
                                       ordinal(std::max(event.restarts, event.intensity + 1)), seconds, supervisor);
  const Death death = death_.value_or(Death{event.process, "gives up", 0});
  tell({event.t_ns, death.process, true, death.how, note + lost_text(death.lost), Style::bad});
}

void Storyteller::flush_stops() {
  std::uint64_t processes = 0, lost = 0;
  for (std::size_t i = 0; i < stops_.size(); ++i) {
    const Stop& stop = stops_[i];
    if (stops_.size() > most_stops_at_once && i + 1 >= most_stops_at_once) {
      processes += stop.processes;
      lost += stop.lost;
      continue;
    }
    const std::string number =
        stop.processes > 1 ? spec::count_text(stop.processes) + " processes" : std::string("1 process");
    beats_.push_back({stop.t_ns, stop.child, true, "stops", number + lost_text(stop.lost), {}});
  }
  if (processes > 0) {
    beats_.push_back({stops_.back().t_ns,
                      "others",
                      false,
                      "stop",
                      spec::count_text(processes) + " more processes" + lost_text(lost),
                      {}});
  }
  stops_.clear();
  stop_of_.clear();
}

std::string told(std::vector<Beat> beats, const Paint& paint) {
  std::string text;
  if (beats.size() > most_beats) {
    const std::size_t untold = beats.size() - most_beats;
    text = fmt::format("  … {} before\n", spec::count_text(untold, "event"));
    beats.erase(beats.begin(), beats.begin() + static_cast<std::ptrdiff_t>(untold));
  }
  std::vector<std::string> paths;
  for (const Beat& beat : beats) paths.push_back(beat.is_path ? beat.who : "");
  const std::vector<std::string> names = short_names(paths);
  Rows rows;
  for (std::size_t i = 0; i < beats.size(); ++i) {
    const Beat& beat = beats[i];
    rows.push_back({{clock_text(beat.t_ns), Style::plain},
                    {shown(beat.is_path ? names[i] : beat.who) + " " + shown(beat.what), Style::plain},
                    {beat.note, beat.style}});
  }
  return text + table_body(rows, paint);
}

}  // namespace

namespace {

/// ` (seed 1, replica 0)`.
std::string origin(const std::vector<std::string>& lines) {
  const auto header = trace_header(lines.front());
  if (!header) return "";
  const std::string replica = header->replica ? fmt::format(", replica {}", *header->replica) : "";
  return fmt::format(" (seed {}{})", header->seed, replica);
}

std::vector<Beat> beats_of(const std::vector<std::string>& lines) {
  Storyteller teller;
  for (const std::string& line : lines)
    if (const auto event = trace_event(line)) teller.hear(*event);
  return std::move(teller).take();
}

/// The end of a timeline that is no fall: a late call, lost messages, a death.
std::optional<Beat> last_beat(const std::vector<std::string>& lines) {
  const auto event = trace_event(lines.back());
  if (!event) return std::nullopt;
  if (event->event == "call_failed")
    return Beat{event->t_ns, event->process, true, how_it_died(event->reason + ":" + event->to), "", Style::bad};
  if (event->event == "message_lost")
    return Beat{event->t_ns, event->process, true, "loses " + spec::count_text(event->count, "message"),
                "",          Style::bad};
  if (event->event == "exited")
    return Beat{event->t_ns, event->process, true, how_it_died(event->reason), "", Style::bad};
  return std::nullopt;
}

}  // namespace

std::string story(const std::string& who, const std::vector<std::string>& lines, const Paint& paint) {
  if (lines.empty()) return "";
  std::vector<Beat> beats = beats_of(lines);
  if (beats.empty()) return "";
  const std::string title = fmt::format("how it falls: {}{}", shown(who), origin(lines));
  return paint(Style::strong, title) + "\n" + told(std::move(beats), paint);
}

std::string breach_story(const std::string& promise, const std::vector<std::string>& lines, const Paint& paint) {
  if (lines.empty()) return "";
  std::vector<Beat> beats = beats_of(lines);
  if (auto last = last_beat(lines)) beats.push_back(std::move(*last));
  if (beats.empty()) return "";
  const std::string title = fmt::format("the shortest way to break it: {}{}", shown(promise), origin(lines));
  return paint(Style::strong, title) + "\n" + told(std::move(beats), paint);
}

}  // namespace treefall::report
