// How fast the runtime executes, on one core unless a name says otherwise: the same queue as a bare loop over a 4-ary
// heap (what a discrete-event program costs at least), as an M/M/1 server under full OTP semantics, and with crashes
// that lose the mailbox and restart under a supervisor; a tree of three levels; sessions by the million; chained calls.
//
// `items_per_second` are model events: an arrival, the end of a service, a crash. docs/performance.md has figures and
// how they are taken.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/event_queue.hpp"
#include "runtime/simulate.hpp"
#include "runtime/ziggurat.hpp"
#include "spec/read.hpp"

namespace {

using namespace treefall;

spec::Design design_of(const std::string& yaml) {
  spec::Reading reading = spec::read(spec::Source("bench.yaml", yaml));
  if (!reading.design) std::abort();
  return std::move(*reading.design);
}

/// Arrivals 0.8, service 1, crashes 0.01 and repairs 1 a second; time in seconds, no messages, no statistics.
void bare_heap(benchmark::State& state) {
  struct Timer {
    double time;
    std::uint32_t sequence;
    std::uint32_t what;
    bool operator<(const Timer& other) const {
      return time < other.time || (time == other.time && sequence < other.sequence);
    }
  };
  enum : std::uint32_t { arrival, service, crash, repair };
  constexpr std::uint64_t events = 5'000'000;
  for (auto _ : state) {
    runtime::Stream stream = runtime::stream(1, 0, 0);
    std::vector<Timer> heap;
    std::uint32_t sequence = 0;
    const auto push = [&](double time, std::uint32_t what) {
      heap.push_back({time, ++sequence, what});
      std::size_t at = heap.size() - 1;
      const Timer timer = heap[at];
      while (at > 0 && timer < heap[(at - 1) / 4]) {
        heap[at] = heap[(at - 1) / 4];
        at = (at - 1) / 4;
      }
      heap[at] = timer;
    };
    const auto pop = [&] {
      const Timer top = heap.front();
      const Timer last = heap.back();
      heap.pop_back();
      if (heap.empty()) return top;
      std::size_t at = 0;
      for (;;) {
        const std::size_t first = 4 * at + 1;
        if (first >= heap.size()) break;
        std::size_t least = first;
        for (std::size_t child = first + 1; child < std::min(first + 4, heap.size()); ++child) {
          if (heap[child] < heap[least]) least = child;
        }
        if (!(heap[least] < last)) break;
        heap[at] = heap[least];
        at = least;
      }
      heap[at] = last;
      return top;
    };
    std::uint64_t queued = 0;
    std::uint32_t serving = 0;  // sequence number of the service under way
    bool up = true;
    push(runtime::draw_exponential(stream) / 0.8, arrival);
    push(runtime::draw_exponential(stream) / 0.01, crash);
    for (std::uint64_t event = 0; event < events; ++event) {
      const Timer timer = pop();
      switch (timer.what) {
        case arrival:
          push(timer.time + runtime::draw_exponential(stream) / 0.8, arrival);
          if (up && queued++ == 0) {
            push(timer.time + runtime::draw_exponential(stream), service);
            serving = sequence;
          }
          break;
        case service:
          if (timer.sequence != serving) break;
          if (--queued > 0) {
            push(timer.time + runtime::draw_exponential(stream), service);
            serving = sequence;
          }
          break;
        case crash:
          queued = 0;
          serving = 0;
          up = false;
          push(timer.time + runtime::draw_exponential(stream), repair);
          break;
        default:
          up = true;
          push(timer.time + runtime::draw_exponential(stream) / 0.01, crash);
          break;
      }
    }
    benchmark::DoNotOptimize(queued);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * events));
}
BENCHMARK(bare_heap)->Unit(benchmark::kMillisecond);

void play(benchmark::State& state, const std::string& yaml, unsigned jobs, std::uint64_t replicas) {
  const spec::Design design = design_of(yaml);
  std::uint64_t events = 0;
  for (auto _ : state) {
    runtime::Experiment experiment(design, 1, design.horizon.value, jobs);
    const std::atomic<bool> stop = false;
    experiment.extend(replicas, stop);
    events += experiment.events();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}

const std::string server = R"(
treefall: 1
name: queue
horizon: 50000s
traffic:
  clients: {to: server, rate: 80/s, sends: cast}
tree:
  supervisor: root
  max_restarts: 100
  max_seconds: 1
  children:
    - worker: server
      handles: {any: {takes: exp(10ms)}}
)";

void m_m_1(benchmark::State& state) { play(state, server, 1, 1); }
BENCHMARK(m_m_1)->Unit(benchmark::kMillisecond);

const std::string crash = "      init: {takes: exp(10ms)}\n      crashes: {rate: 1/s}\n";
void crashing_m_m_1(benchmark::State& state) { play(state, server + crash, 1, 1); }
BENCHMARK(crashing_m_m_1)->Unit(benchmark::kMillisecond);

void crashing_on_two_threads(benchmark::State& state) { play(state, server + crash, 2, 4); }
BENCHMARK(crashing_on_two_threads)->Unit(benchmark::kMillisecond)->UseRealTime();
/// The same four replicas on one thread, to hold the two against.
void crashing_on_one_thread(benchmark::State& state) { play(state, server + crash, 1, 4); }
BENCHMARK(crashing_on_one_thread)->Unit(benchmark::kMillisecond)->UseRealTime();

void calls_with_timeouts(benchmark::State& state) {
  play(state, R"(
treefall: 1
name: chain
horizon: 20000s
traffic:
  clients: {to: front, rate: 60/s, sends: call, timeout: 5s}
tree:
  supervisor: root
  max_restarts: 1000
  max_seconds: 1
  children:
    - {worker: store, handles: {any: {takes: exp(5ms)}}}
    - {worker: middle, handles: {any: {takes: exp(2ms), calls: [{to: store, timeout: 1s, on_failure: ignore}]}}}
    - {worker: front, handles: {any: {takes: exp(1ms), calls: [{to: middle, timeout: 1s, on_failure: ignore}]}}}
)",
       1, 1);
}
BENCHMARK(calls_with_timeouts)->Unit(benchmark::kMillisecond);

std::string three_levels() {
  std::string yaml = R"(
treefall: 1
name: tree
horizon: 400h
tree:
  supervisor: root
  max_restarts: 1000
  max_seconds: 1
  children:
)";
  for (int pool = 0; pool < 5; ++pool) {
    yaml += "    - supervisor: pool" + std::to_string(pool) + "\n      max_restarts: 10\n      children:\n";
    for (int worker = 0; worker < 10; ++worker) {
      yaml += "        - {worker: w" + std::to_string(pool) + std::to_string(worker) + ", crashes: {rate: 1/min}}\n";
    }
  }
  return yaml;
}
void fifty_crashing_workers(benchmark::State& state) { play(state, three_levels(), 1, 1); }
BENCHMARK(fifty_crashing_workers)->Unit(benchmark::kMillisecond);

/// Ten thousand sessions and more under a dynamic supervisor: they crash and are restarted, and take messages.
std::string many_sessions(std::int64_t count, const std::string& horizon) {
  return R"(
treefall: 1
name: sessions
horizon: )" +
         horizon + R"(
traffic:
  clients: {to: session, rate: 1000/s, sends: cast}
tree:
  supervisor: root
  children:
    - supervisor: pool
      kind: dynamic
      max_restarts: 1000
      children:
        - {worker: session, count: )" +
         std::to_string(count) + R"(, crashes: {rate: 1/h}, handles: {any: {takes: exp(1ms)}}}
)";
}

/// Bytes that the program has from the allocator.
std::size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Executes a design once with everything that an experiment keeps; the counter says what one of `units` takes of that.
void play_and_weigh(benchmark::State& state, const std::string& yaml, const char* counter, double units) {
  const spec::Design design = design_of(yaml);
  std::uint64_t events = 0;
  for (auto _ : state) {
    const std::size_t before = allocated();
    runtime::Experiment experiment(design, 1, design.horizon.value, 1);
    const std::atomic<bool> stop = false;
    experiment.extend(1, stop);
    events += experiment.events();
    state.counters[counter] = static_cast<double>(allocated() - before) / units;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}

void sessions(benchmark::State& state) {
  play_and_weigh(state, many_sessions(state.range(0), "1h"), "bytes_a_process", static_cast<double>(state.range(0)));
}
BENCHMARK(sessions)->Unit(benchmark::kMillisecond)->Arg(10)->Arg(1000)->Arg(10000)->Arg(100000)->Arg(1000000);

/// From the design as text to the moment when all processes are up, and the memory of each.
void boot_a_million(benchmark::State& state) {
  const std::string yaml = R"(
treefall: 1
name: million
horizon: 1ms
tree:
  supervisor: root
  children:
    - supervisor: pool
      kind: dynamic
      children:
        - {worker: session, count: 1000000}
)";
  play_and_weigh(state, yaml, "bytes_a_process", 1e6);
}
BENCHMARK(boot_a_million)->Unit(benchmark::kMillisecond);

/// A worker that takes an hour for one message, with 2^20 - 1 more behind it.
void queue_a_million(benchmark::State& state) {
  play_and_weigh(state, R"(
treefall: 1
name: stuck
horizon: 90s
traffic:
  clients: {to: server, burst: {size: 1048576, every: 1min}, sends: cast}
tree:
  supervisor: root
  children:
    - {worker: server, handles: {any: {takes: 1h}}}
)",
                 "bytes_a_message", 1048576);
}
BENCHMARK(queue_a_million)->Unit(benchmark::kMillisecond);

}  // namespace
