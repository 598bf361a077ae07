// Events in a queue ordered by (time, replies first, order of creation): a reply at the very end of a timeout still
// counts. A request whose caller has gone is served all the same. Where a start takes time, deaths at one instant make
// their supervisor restart one after the other; then what follows is known until the first of the restarted calls
// again. Copies in the same state are alike, and timers set one after the other ring in that order. Where requests come
// at the same instant in any other way, who is first is open, and nothing is known from there on.
#include "analyzer/shared_rehearsal.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <queue>
#include <tuple>
#include <utility>
#include <variant>

#include "analyzer/shared_rehearsable.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::Duration;
using spec::NodeId;

constexpr std::size_t most_events = 200'000;
constexpr std::size_t most_events_of_all = 2'000'000;  // shared by all servers of a design

Duration constant(const spec::Distribution& distribution) {
  return Duration(std::llround(spec::mean(distribution) * 1e9));
}

struct Process {
  std::size_t caller = 0;  // into SharedRehearsal::callers
  std::size_t copy = 0;
  std::uint64_t life = 0;
  std::uint64_t request = 0;  // that it waits for
  bool busy = false;
  Duration taken_at{};
  const spec::Tick* tick = nullptr;  // in hand
  std::size_t call = 0;              // of its handler
  std::uint32_t done = 0;            // of its `times`
  std::uint32_t retried = 0;
};

/// What made a process send a request, and where it stands in its work: those of equal entries are alike.
struct Sending {
  enum class By { tick, work, reply, timeout };
  By by = By::tick;
  std::size_t caller = 0;
  std::size_t call = 0;
  std::uint32_t done = 0;
  std::uint32_t retried = 0;
  Duration set{};  // when the timer was set that led to it; of the boot's ticks: before all else
  auto state() const { return std::tie(by, caller, call, done, retried); }
};

bool ordered(const Sending& a, const Sending& b) {
  constexpr Duration boot{-1};
  if (a.state() == b.state()) return true;
  const bool ticks = a.by == Sending::By::tick && b.by == Sending::By::tick;
  return ticks && (a.set != b.set || a.set == boot);
}

struct Request {
  std::size_t process = 0;
  std::uint64_t number = 0;
  const spec::Handler* handler = nullptr;
  Duration sent{};
};

struct Due {
  const spec::Tick* tick;
};
struct Worked {};
struct TimedOut {
  std::uint64_t request;
};
struct Served {};
struct Event {
  Duration at{};
  bool later = true;  // than replies at the same instant
  std::uint64_t order = 0;
  std::size_t process = 0;
  std::uint64_t life = 0;
  Duration set{};
  std::variant<Due, Worked, TimedOut, Served> what;
};
struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return std::tie(a.at, a.later, a.order) > std::tie(b.at, b.later, b.order);
  }
};

class Play {
 public:
  Play(const Design& design, const Tree& tree, const Loads& loads, NodeId server, Duration until)
      : design_(design), server_(*spec::as_worker(design.nodes[server])), until_(until) {
    result_.server = server;
    result_.known_until = spec::infinite;
    for (const auto& callers : loads.of[server].callers) add(tree, callers.node);
    order_ = processes_.size();
  }

  SharedRehearsal run() {
    const std::size_t share = most_events_of_all / design_.nodes.size();
    for (std::size_t left = std::clamp<std::size_t>(share, 1'000, most_events);
         !queue_.empty() && queue_.top().at <= until_;) {
      if (left-- == 0) {
        result_.known_until = now_;
        break;
      }
      const Event event = queue_.top();
      queue_.pop();
      if (!std::holds_alternative<Served>(event.what) && event.life != processes_[event.process].life) continue;
      now_ = event.at;
      set_ = event.set;
      std::visit([&](const auto& what) { on(event.process, what); }, event.what);
    }
    now_ = std::min(until_, result_.known_until);
    if (serving_) result_.busy += now_ - taken_at_;
    for (const auto& process : processes_) {
      auto& caller = result_.callers[process.caller];
      if (process.busy) caller.busy += now_ - process.taken_at;
      if (process.request != 0) ++caller.open;
    }
    return std::move(result_);
  }

 private:
  const spec::Worker& worker(const Process& process) const {
    return *spec::as_worker(design_.nodes[result_.callers[process.caller].node]);
  }

  void add(const Tree& tree, NodeId node) {
    SharedRehearsal::Caller caller;
    caller.node = node;
    const auto copies = static_cast<std::size_t>(tree.copies[node]);
    caller.deaths.resize(copies);
    const auto& ticks = spec::as_worker(design_.nodes[node])->ticks;
    const Duration boot = Duration(std::llround(tree.boot[node].value * 1e9));
    caller.quiet = spec::infinite;
    for (const auto& tick : ticks) {
      if (caller.call == nullptr && !tick.handler.calls.empty()) caller.call = &tick.handler.calls.front();
      caller.quiet = std::min(caller.quiet, boot + constant(tick.first ? *tick.first : tick.every));
    }
    starts_at_once_ = starts_at_once_ && boot == Duration{};
    result_.callers.push_back(std::move(caller));
    Duration up = Duration(std::llround(tree.start[node].value * 1e9));
    for (std::size_t copy = 0; copy < copies; ++copy) {
      up += boot;
      Process process;
      process.caller = result_.callers.size() - 1;
      process.copy = copy;
      processes_.push_back(process);
      start(processes_.size() - 1, up);
    }
  }

  void schedule(std::size_t process, Duration at, std::variant<Due, Worked, TimedOut, Served> what) {
    const bool reply = std::holds_alternative<Served>(what);
    queue_.push({at, !reply, ++order_, process, processes_[process].life, now_, what});
  }

  void start(std::size_t index, Duration up) {
    for (const auto& tick : worker(processes_[index]).ticks)
      schedule(index, up + constant(tick.first ? *tick.first : tick.every), Due{&tick});
  }

  // ---- callers ----

  void on(std::size_t index, const Due& due) {
    auto& process = processes_[index];
    process.busy = true;
    process.taken_at = now_;
    process.tick = due.tick;
    process.call = 0;
    process.done = process.retried = 0;
    ++result_.callers[process.caller].ticks;
    const Duration takes = constant(due.tick->handler.takes);
    if (takes == Duration{}) return go_on(index, Sending::By::tick);
    schedule(index, now_ + takes, Worked{});
  }

  void on(std::size_t index, const Worked&) { go_on(index, Sending::By::work); }

  void go_on(std::size_t index, Sending::By by) {
    auto& process = processes_[index];
    const auto& calls = process.tick->handler.calls;
    if (process.call < calls.size()) return send(index, calls[process.call], by);
    process.busy = false;
    result_.callers[process.caller].busy += now_ - process.taken_at;
    schedule(index, now_ + constant(process.tick->every), Due{process.tick});
  }

  void send(std::size_t index, const spec::Call& call, Sending::By by) {
    auto& process = processes_[index];
    process.request = ++requests_;
    const Clause clause = clause_for(server_, call.message);
    mailbox_.push_back({index, process.request, clause.handler, now_});
    schedule(index, now_ + call.timeout.value, TimedOut{process.request});
    see_together({by, process.caller, process.call, process.done, process.retried, set_});
    serve();
  }

  void see_together(const Sending& sending) {
    if (now_ != together_at_) together_ = 0, senders_.clear();
    together_at_ = now_;
    if (++together_ > result_.largest) {
      result_.largest = together_;
      round_ = now_;
      result_.late_at_once = 0;
    }
    if (!std::all_of(senders_.begin(), senders_.end(), [&](const auto& other) { return ordered(sending, other); }))
      until_ = result_.known_until = std::min(result_.known_until, now_);
    if (senders_.empty() || senders_.back().state() != sending.state()) senders_.push_back(sending);
  }

  void returned(std::size_t index, Sending::By by) {
    auto& process = processes_[index];
    process.request = 0;
    process.retried = 0;
    if (++process.done >= process.tick->handler.calls[process.call].times) ++process.call, process.done = 0;
    go_on(index, by);
  }

  void on(std::size_t index, const TimedOut& timeout) {
    auto& process = processes_[index];
    if (process.request != timeout.request) return;
    const auto& call = process.tick->handler.calls[process.call];
    ++result_.calls;
    ++result_.timed_out;
    if (now_ - call.timeout.value == round_) ++result_.late_at_once;
    using Do = spec::OnFailure::Do;
    if (call.on_failure.what == Do::ignore) return returned(index, Sending::By::timeout);
    if (call.on_failure.what == Do::retry && process.retried < call.on_failure.retries) {
      ++process.retried;
      return send(index, call, Sending::By::timeout);
    }
    die(index, call);
  }

  void die(std::size_t index, const spec::Call& call) {
    auto& process = processes_[index];
    auto& caller = result_.callers[process.caller];
    if (caller.died++ == 0) caller.call = &call;
    caller.deaths[process.copy].push_back(now_);
    caller.busy += now_ - process.taken_at;
    ++process.life;
    process.busy = false;
    process.request = 0;
    if (design_.nodes[caller.node].restart.value == spec::Restart::temporary) return;
    if (starts_at_once_) return start(index, now_);
    if (caller.quiet < until_ - now_) until_ = result_.known_until = now_ + caller.quiet;
  }

  // ---- the server ----

  void serve() {
    if (serving_ || mailbox_.empty()) return;
    current_ = mailbox_.front();
    mailbox_.pop_front();
    serving_ = true;
    taken_at_ = now_;
    ++result_.taken;
    result_.waited += now_ - current_.sent;
    schedule(current_.process, current_.handler == nullptr ? now_ : now_ + constant(current_.handler->takes), Served{});
  }

  void on(std::size_t, const Served&) {
    serving_ = false;
    result_.busy += now_ - taken_at_;
    ++result_.handled;
    const Request answered = current_;
    serve();
    if (processes_[answered.process].request != answered.number) return;
    ++result_.calls;
    returned(answered.process, Sending::By::reply);
  }

  const Design& design_;
  const spec::Worker& server_;
  Duration until_;
  SharedRehearsal result_;
  std::vector<Process> processes_;
  std::priority_queue<Event, std::vector<Event>, Later> queue_;
  std::deque<Request> mailbox_;
  Request current_;
  Duration now_{-1};  // before the boot
  Duration taken_at_{};
  Duration together_at_{-1};
  Duration round_{-1};
  Duration set_{};
  std::vector<Sending> senders_;  // of this instant
  std::uint64_t together_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t order_ = 0;
  bool serving_ = false;
  bool starts_at_once_ = true;
};

}  // namespace

std::optional<SharedRehearsal> rehearse_shared(const Design& design, const Tree& tree, const Loads& loads,
                                               NodeId server, Duration until) {
  if (!is_shared_rehearsable(design, tree, loads, server)) return std::nullopt;
  auto played = Play(design, tree, loads, server, until).run();
  played.never_late = is_never_late(design, tree, loads, server);
  return played;
}

}  // namespace treefall::analyzer
