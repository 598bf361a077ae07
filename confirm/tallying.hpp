// What happened to processes, counted from trace lines: the same tallies that an execution in virtual time keeps, so
// that what is made of them is made in one place. Internal to confirm/.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/total.hpp"
#include "spec/design.hpp"

namespace treefall::confirm {

/// What one replica comes to for one subject.
struct Counted {
  runtime::Tally tally;
  runtime::Pairs pairs;
  std::array<runtime::Moments, runtime::ratio_count> batches;
};

/// One replica. Lines with their times in order, but for those of messages, which may be a little early.
class Tallying {
 public:
  /// `until`: how long the replica was to last. `subjects` and `design` must outlive this.
  Tallying(const spec::Design& design, const std::vector<spec::Subject>& subjects, spec::Duration until);

  void line(std::string_view text);
  /// The end of the replica; one entry a subject.
  std::vector<Counted> finish();
  /// Did the node end before its time?
  bool ended_early() const { return over_; }
  /// Of the VM's timers: how many rang so many whole milliseconds late.
  const std::map<std::int64_t, std::uint64_t>& lateness() const { return lateness_; }
  /// By how much anything on the VM was late at worst.
  runtime::Time latest() const { return latest_; }

 private:
  /// A place of the tree, held by one process at a time.
  struct Place {
    std::vector<std::size_t> subjects;      // those that it belongs to
    std::vector<std::size_t> applications;  // those whose root it is
    bool supervisor = false;
    bool alive = false;  // from the start of init on
    bool up = false;
    bool busy = false;
    bool stopping = false;
    bool gave_up = false;  // and stops its children: its life has been counted
    bool failed_before = false;
    runtime::Time since = 0;
    runtime::Time stop_begun = 0;
    runtime::Time crashed_at = -1;
    std::int64_t attempt = 0;
    std::unordered_map<std::int64_t, runtime::Time> waiting;  // messages by their number: since when
  };

  Place& place(std::string_view path);
  template <class Change>
  void each(const Place& place, Change change);
  void structure(std::string_view event, std::string_view text, Place& place);
  void messages(std::string_view event, std::string_view text, Place& place);
  void started(Place& place, std::int64_t incarnation);
  void exited(Place& place, std::string_view reason);
  void root_exited(const Place& place, runtime::Tally& tally);
  void stopped(Place& place);
  void called(std::string_view text);
  void close();
  void end_batches();
  void end_batches_of_down_time();
  runtime::Pairs pairs(std::size_t subject, runtime::Time now, runtime::Time span) const;

  const spec::Design& design_;
  const std::vector<spec::Subject>& subjects_;
  std::vector<Counted> counted_;
  std::vector<runtime::Pairs> before_;  // at the last batch's end
  std::map<std::string, spec::NodeId> nodes_;
  std::unordered_map<std::string, Place> places_;
  std::map<std::int64_t, std::uint64_t> lateness_;
  runtime::Time latest_ = 0;
  runtime::Time now_ = 0;
  runtime::Time until_;
  runtime::Time batch_;
  runtime::Time next_batch_;
  bool over_ = false;
  bool closed_ = false;
};

}  // namespace treefall::confirm
