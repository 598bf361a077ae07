// One worker's events in a small queue ordered by (time, order of creation). What is excluded by `is_rehearsable`
// never comes up below: chance, faults, other processes that send to it, siblings that take it along.
#include "analyzer/rehearsal.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <queue>
#include <tuple>
#include <variant>

#include "analyzer/rehearsable.hpp"
#include "analyzer/service.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::Duration;
using spec::NodeId;

constexpr std::size_t most_events = 200'000;
constexpr std::size_t most_events_of_all = 2'000'000;  // shared by all workers of a design

Duration whole(double seconds) { return std::isinf(seconds) ? spec::infinite : Duration(std::llround(seconds * 1e9)); }
Duration constant(const spec::Distribution& distribution) { return whole(spec::mean(distribution)); }

struct Message {
  const spec::Handler* handler = nullptr;  // nothing and not unknown: takes no time
  bool unknown = false;
  bool own = false;  // a tick, or from its own tasks
  const spec::Tick* tick = nullptr;
  std::optional<std::size_t> call;  // index into Rehearsal::calls
  Duration sent{};
};

struct Arrival {
  spec::TrafficId traffic;
  std::size_t next;  // number of this arrival
};
struct Scripted {
  std::string message;
};
struct TickDue {
  const spec::Tick* tick;
};
struct TaskEnds {
  const spec::Task* task;
};
struct Started {};
enum class Exit { none, orderly, crash };
struct Handled {
  Exit exit;
};
struct ClockStrikes {
  bool given;  // at a given time: a start at that very instant comes too late for it
  Exit exit;
};

Exit exit_of(const spec::ExitReason& reason) { return is_orderly(reason) ? Exit::orderly : Exit::crash; }
using What = std::variant<Arrival, Scripted, TickDue, TaskEnds, Started, Handled, ClockStrikes>;

struct Event {
  Duration at{};
  std::uint64_t order = 0;
  std::uint64_t incarnation = 0;  // 0: of any
  What what;
};
struct Later {
  bool operator()(const Event& a, const Event& b) const { return std::tie(a.at, a.order) > std::tie(b.at, b.order); }
};

class Play {
 public:
  Play(const Design& design, const Loads& loads, NodeId id, Duration begin, Duration until)
      : design_(design),
        loads_(loads),
        id_(id),
        worker_(*spec::as_worker(design.nodes[id])),
        begin_(begin),
        until_(until) {}

  Rehearsal run(std::size_t events) {
    open_sources();
    now_ = begin_;
    start();
    const bool outside = !result_.calls.empty() || from_outside_;
    while (!queue_.empty() && queue_.top().at <= until_) {
      if (events-- == 0) {
        result_.complete = false;
        break;
      }
      const Event event = queue_.top();
      queue_.pop();
      if (event.incarnation != 0 && event.incarnation != incarnation_) continue;
      now_ = event.at;
      std::visit([this](const auto& what) { on(what); }, event.what);
      if (!outside && !result_.crashes.empty()) {
        result_.life = result_.crashes.front().at - begin_ - start_time();
        break;
      }
    }
    if (serving_ && result_.complete) result_.busy += until_ - taken_at_;
    if (serving_) leave_open(current_);
    for (const auto& message : mailbox_) leave_open(message);
    if (until_ > up_) result_.up += until_ - up_;
    return std::move(result_);
  }

 private:
  void schedule(Duration at, What what, bool of_incarnation) {
    if (at == spec::infinite || at > until_) return;
    queue_.push({at, ++order_, of_incarnation ? incarnation_ : 0, std::move(what)});
  }

  // ---- outside ----

  void open_sources() {
    for (const spec::TrafficId id : loads_.of[id_].arrivals.sources) {
      from_outside_ = true;
      if (design_.traffic[id].sends == spec::Sends::call) {
        Rehearsal::Calls calls;
        calls.traffic = id;
        result_.calls.push_back(calls);
      }
      next_arrival(id, 0);
    }
    for (const auto& event : design_.script)
      if (event.process.node == id_) {
        from_outside_ = true;
        schedule(event.at, Scripted{event.message}, false);
      }
    for (const auto& clock : worker_.crashes)
      if (const auto* at = std::get_if<spec::CrashClock::At>(&clock.when)) {
        from_outside_ = true;
        for (const auto time : at->node_times) schedule(time, ClockStrikes{true, exit_of(clock.reason)}, false);
      }
  }

  void next_arrival(spec::TrafficId id, std::size_t number) {
    const auto& arrivals = design_.traffic[id].arrivals;
    const auto regular = [&](const auto& source) {
      const Duration every = constant(source.every);
      const Duration first = source.first ? constant(*source.first) : every;
      schedule(first + static_cast<std::int64_t>(number) * every, Arrival{id, number}, false);
    };
    if (const auto* at = std::get_if<spec::Traffic::At>(&arrivals)) {
      if (number >= at->times.size()) return;
      auto times = at->times;  // in the order in which they were written
      std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(number), times.end());
      schedule(times[number], Arrival{id, number}, false);
    } else if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&arrivals)) {
      regular(*renewal);
    } else if (const auto* burst = std::get_if<spec::Traffic::Burst>(&arrivals)) {
      regular(*burst);
    }
  }

  Message message(std::string_view name) const {
    const Clause clause = clause_for(worker_, name);
    Message made;
    made.handler = clause.handler;
    made.unknown = clause.unknown;
    made.sent = now_;
    return made;
  }

  void on(const Arrival& arrival) {
    const auto& traffic = design_.traffic[arrival.traffic];
    const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals);
    const std::uint64_t size = burst == nullptr ? 1 : burst->size;
    Message made = message(traffic.message);
    if (traffic.sends == spec::Sends::call)
      for (std::size_t i = 0; i < result_.calls.size(); ++i)
        if (result_.calls[i].traffic == arrival.traffic) made.call = i;
    if (made.call) result_.calls[*made.call].sent += size;
    next_arrival(arrival.traffic, arrival.next + 1);
    if (now_ < begin_) {  // nobody has this name yet
      if (made.call)
        result_.calls[*made.call].failed += size;
      else
        result_.missed += size;
      return;
    }
    for (std::uint64_t i = 0; i < size; ++i) mailbox_.push_back(made);
    note_tie();
    serve();
  }

  void on(const Scripted& scripted) {
    if (now_ < begin_) {
      ++result_.missed;
      return;
    }
    mailbox_.push_back(message(scripted.message));
    note_tie();
    serve();
  }

  void note_tie() {
    last_arrival_ = now_;
    if (now_ == begin_ || (!result_.crashes.empty() && result_.crashes.back().at == now_)) result_.tied = true;
  }

  // ---- the process ----

  void start() {
    ++incarnation_;
    busy_ = true;
    const Duration up = up_ = now_ + start_time();
    const Duration ready = worker_.handle_continue ? up + constant(worker_.handle_continue->takes) : up;
    for (const auto& tick : worker_.ticks)
      schedule(up + constant(tick.first ? *tick.first : tick.every), TickDue{&tick}, true);
    for (const auto& clock : worker_.crashes)
      if (const auto* after = std::get_if<spec::CrashClock::After>(&clock.when))
        schedule(up + constant(after->since_start), ClockStrikes{false, exit_of(clock.reason)}, true);
    schedule(ready, Started{}, true);
  }

  Duration start_time() const { return worker_.init ? constant(worker_.init->takes) : Duration{}; }

  void on(const Started&) {
    if (worker_.handle_continue) result_.busy += constant(worker_.handle_continue->takes);
    busy_ = false;
    if (worker_.handle_continue && worker_.handle_continue->failure_probability >= 1) return die(false);
    serve();
  }

  void on(const TickDue& due) {
    Message made;
    made.handler = &due.tick->handler;
    made.own = true;
    made.tick = due.tick;
    made.sent = now_;
    mailbox_.push_back(made);
    serve();
  }

  void on(const TaskEnds& end) {
    const auto own = [&](std::string_view name) {
      Message made = message(name);
      made.own = true;
      mailbox_.push_back(made);
    };
    const bool crashed = end.task->crash_probability >= 1;
    const bool traps = worker_.traps_exits.value;
    if (crashed && end.task->linked && !traps) return die(false);
    if (!end.task->await && !crashed) own("reply");
    if (end.task->linked && traps) own("EXIT");
    if (!end.task->await) own("DOWN");
    serve();
  }

  void on(const ClockStrikes& clock) {
    if (now_ > up_ || (now_ == up_ && !clock.given)) die(false, clock.exit);  // nothing strikes during init
  }

  void serve() {
    if (busy_ || mailbox_.empty()) return;
    current_ = mailbox_.front();
    mailbox_.pop_front();
    busy_ = serving_ = true;
    taken_at_ = now_;
    ++result_.taken;
    result_.waited += now_ - current_.sent;
    Exit exit = current_.unknown ? Exit::crash : Exit::none;
    const Duration done = current_.handler == nullptr ? now_ : work(*current_.handler, exit);
    schedule(done, Handled{exit}, true);
  }

  // The end of the handler, and whether it ends the worker.
  Duration work(const spec::Handler& handler, Exit& exit) {
    Duration at = now_ + constant(handler.takes);
    for (const auto& call : handler.calls)
      at += whole(call_time(design_, loads_, call).mean) * static_cast<std::int64_t>(call.times);
    for (const auto& task : handler.tasks) {
      const Duration takes = constant(task.takes);
      const bool crashes = task.crash_probability >= 1;
      if (task.count == 0) continue;
      if (task.await && takes > *task.await) {
        at += *task.await;
        if (task.on_timeout == spec::Task::OnTimeout::exit) exit = Exit::crash;
      } else if (task.await) {
        at += takes;
        if (crashes) exit = Exit::crash;
      }
      const bool leaves_messages = !task.await || (task.linked && worker_.traps_exits.value);
      if (exit != Exit::none) return at;
      for (std::uint32_t i = 0; leaves_messages && i < task.count; ++i)
        schedule(task.await ? at : at + takes, TaskEnds{&task}, true);
    }
    if (handler.exits) exit = exit_of(*handler.exits);
    if (handler.crash_probability >= 1) exit = Exit::crash;
    return at;
  }

  void on(const Handled& handled) {
    if (handled.exit != Exit::none) return die(true, handled.exit);
    if (current_.tick == nullptr) ++result_.handled;
    busy_ = serving_ = false;
    result_.busy += now_ - taken_at_;
    if (current_.call) answer(current_, false);
    if (current_.tick != nullptr) schedule(now_ + constant(current_.tick->every), TickDue{current_.tick}, true);
    serve();
  }

  void answer(const Message& call, bool died) {
    auto& calls = result_.calls[*call.call];
    const Duration limit = design_.traffic[calls.traffic].timeout.value;
    const bool late = limit != spec::infinite && now_ - call.sent > limit;
    ++(late ? calls.timed_out : died ? calls.failed : calls.answered);
  }

  // Whose time is over before the end is late, whoever works on it.
  void leave_open(const Message& message) {
    if (!message.call) return;
    auto& calls = result_.calls[*message.call];
    const Duration limit = design_.traffic[calls.traffic].timeout.value;
    ++(limit != spec::infinite && until_ - message.sent >= limit ? calls.timed_out : calls.open);
  }

  // Its own ticks and what its tasks send it are nobody's loss; neither is the message whose own handler ended it.
  void die(bool by_handler, Exit exit = Exit::crash) {
    std::uint64_t lost = 0;
    const auto lose = [&](const Message& message) {
      if (message.call)
        answer(message, true);
      else if (!message.own)
        ++lost;
    };
    if (serving_) {
      if (!by_handler || current_.call) lose(current_);
      result_.busy += now_ - taken_at_;
    }
    for (const auto& message : mailbox_) lose(message);
    if (last_arrival_ == now_ && busy_ && current_.sent != now_) result_.tied = true;
    mailbox_.clear();
    serving_ = false;
    result_.crashes.push_back({now_, lost, exit == Exit::orderly});
    if (now_ > up_) result_.up += now_ - up_;
    start();
  }

  const Design& design_;
  const Loads& loads_;
  NodeId id_;
  const spec::Worker& worker_;
  Duration begin_;  // when it is started for the first time
  Duration until_;
  Rehearsal result_;
  std::priority_queue<Event, std::vector<Event>, Later> queue_;
  std::deque<Message> mailbox_;
  Message current_;
  Duration now_{};
  Duration up_{};  // when init of this incarnation has returned
  Duration taken_at_{};
  Duration last_arrival_{-1};
  std::uint64_t order_ = 0;
  std::uint64_t incarnation_ = 0;
  bool busy_ = false;
  bool serving_ = false;  // busy with `current_`, not with its start
  bool from_outside_ = false;
};

}  // namespace

std::optional<Rehearsal> rehearse(const Design& design, const Tree& tree, const Loads& loads, NodeId node,
                                  std::optional<Duration> until) {
  const auto* worker = spec::as_worker(design.nodes[node]);
  if (worker == nullptr) return std::nullopt;
  const bool has_life = loads.of[node].loaded || !worker->crashes.empty() || worker->handle_continue;
  if (!has_life || !is_rehearsable(design, tree, loads, node)) return std::nullopt;
  const std::size_t share = std::max<std::size_t>(1'000, most_events_of_all / design.nodes.size());
  // What comes from outside comes at node times; else its life looks the same whenever it begins.
  const Duration begin = is_reached_from_outside(design, loads, node) ? whole(tree.start[node].value) : Duration{};
  Play play(design, loads, node, begin, until.value_or(design.horizon.value));
  return play.run(std::min(most_events, share));
}

}  // namespace treefall::analyzer
