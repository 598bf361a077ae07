// Replicas on threads. Whatever order they finish in, they are added in the order of their numbers, so that at any time
// the experiment consists of replicas 0..n-1; a thread that is far ahead waits.
#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include "runtime/measure.hpp"
#include "runtime/observation.hpp"
#include "runtime/simulate.hpp"
#include "runtime/threads.hpp"

namespace treefall::runtime {

struct Experiment::State {
  State(const spec::Design& played, std::uint64_t with_seed, spec::Duration to, unsigned on)
      : design(played),
        model(compile(design)),
        seed(with_seed),
        until(std::min<Time>(to.count(), never - 1)),
        jobs(std::max(on, 1u)),
        totals(model.tallies) {}

  spec::Design design;
  Model model;
  std::uint64_t seed;
  Time until;
  unsigned jobs;
  std::vector<Total> totals;
  std::vector<Time> ends;
  std::uint64_t replicas = 0;
  std::uint64_t events = 0;
  std::optional<Trouble> trouble;
  std::vector<std::unique_ptr<Execution>> executions;  // one a thread, kept for their memory

  Sums sums() const { return {model, totals, replicas, until, ends}; }
};

namespace {

/// What the threads of one `extend` share.
struct Round {
  std::mutex mutex;
  std::condition_variable room;
  std::uint64_t next = 0;
  std::uint64_t wanted = 0;
  bool stopped = false;
  std::map<std::uint64_t, Observation> waiting;  // for replicas before them
};

}  // namespace

Experiment::Experiment(const spec::Design& design, std::uint64_t seed, spec::Duration until, unsigned jobs)
    : state_(std::make_unique<State>(design, seed, until, jobs)) {}
Experiment::~Experiment() = default;
Experiment::Experiment(Experiment&&) noexcept = default;
Experiment& Experiment::operator=(Experiment&&) noexcept = default;

void Experiment::extend(std::uint64_t replicas, const std::atomic<bool>& stop,
                        const std::function<void(std::uint64_t)>& progress) {
  State& state = *state_;
  if (replicas <= state.replicas || state.trouble) return;
  const auto threads = static_cast<unsigned>(std::min<std::uint64_t>(state.jobs, replicas - state.replicas));
  while (state.executions.size() < threads)
    state.executions.push_back(std::make_unique<Execution>(state.model, nullptr));
  Round round;
  round.next = state.replicas;
  round.wanted = replicas;

  const auto add = [&](Observation&& observation) {  // with the lock held
    round.waiting.emplace(observation.replica, std::move(observation));
    while (!state.trouble && !round.waiting.empty() && round.waiting.begin()->first == state.replicas) {
      const Observation& first = round.waiting.begin()->second;
      state.events += first.events;
      if (first.trouble != nullptr) {  // it would be no measurement, and those behind it only those that went well
        state.trouble = Trouble{first.replica, spec::Duration(first.end), first.trouble};
        round.stopped = true;
        break;
      }
      merge(state.totals, first);
      state.ends.push_back(first.end);
      round.waiting.erase(round.waiting.begin());
      ++state.replicas;
      if (progress) progress(state.replicas);
    }
    round.room.notify_all();
  };
  const auto work = [&](Execution& x) {
    const std::uint64_t most_ahead = 4 * std::uint64_t{threads} + 16;
    for (;;) {
      std::uint64_t replica = 0;
      {
        std::unique_lock lock(round.mutex);
        round.room.wait(lock, [&] { return round.stopped || round.next < state.replicas + most_ahead; });
        if (round.stopped || stop.load() || round.next >= round.wanted) return;
        replica = round.next++;
      }
      x.batch = replica < enough_replicas ? state.until / batches_a_replica : 0;
      reset(x, state.seed, replica, spec::Duration(state.until).count());
      const bool whole = play(
          x, [](const void* asked) { return static_cast<const std::atomic<bool>*>(asked)->load(); }, &stop);
      if (!whole) {
        const std::scoped_lock lock(round.mutex);
        round.stopped = true;
        round.room.notify_all();
        return;
      }
      Observation observation = observe(x, replica);
      const std::scoped_lock lock(round.mutex);
      add(std::move(observation));
    }
  };
  on_threads(threads, [&](unsigned which) {
    try {
      work(*state.executions[which]);
    } catch (...) {  // no memory: the others must not wait for its replica
      const std::scoped_lock lock(round.mutex);
      round.stopped = true;
      round.room.notify_all();
      throw;
    }
  });
}

std::uint64_t Experiment::replicas() const { return state_->replicas; }
std::uint64_t Experiment::events() const { return state_->events; }
std::optional<Trouble> Experiment::trouble() const { return state_->trouble; }

std::optional<Measurement> Experiment::measure(const spec::Subject& subject, spec::Quantity quantity,
                                               std::optional<spec::Duration> within, double confidence) const {
  return runtime::measure(state_->sums(), subject, quantity, within, confidence);
}

std::vector<Measurement> Experiment::measure_all(double confidence) const {
  return runtime::measure_all(state_->sums(), confidence);
}

std::optional<std::uint64_t> Experiment::first_failure(const spec::Subject& subject) const {
  const Total& total = state_->totals[tally_of(state_->model, subject)];
  if (total.failed_replicas == 0) return std::nullopt;
  return total.first_failed;
}

}  // namespace treefall::runtime
