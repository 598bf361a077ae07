// The order of timers, however many there are; and draws made ahead.
#include "runtime/timers.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "runtime/sampling.hpp"

using namespace treefall::runtime;

TEST_CASE("timers come in their order, through few and many and few again") {
  Timers timers;
  std::set<Event> expected;  // a sorted set of the same
  Stream chance = stream(7, 0, 0);
  std::uint64_t sequence = 0;
  Time now = 0;
  const auto add = [&] {
    // Often at one time, so that the sequence number decides.
    const Event event = Event::at(now + static_cast<Time>(chance.below(20)), ++sequence, Happens::tick, 1);
    timers.add(event);
    expected.insert(event);
  };
  const auto take = [&] {
    const Event first = timers.first();
    REQUIRE(first.ticket() == expected.begin()->ticket());
    CHECK(first.time() == expected.begin()->time());
    now = first.time();
    timers.take_first();
    expected.erase(expected.begin());
  };
  for (const std::size_t aim : {3U, 40U, 2U, 16U, 17U, 5U, 1000U, 6U, 7U, 0U, 30U, 0U}) {
    while (expected.size() != aim) {
      const std::size_t before = expected.size();
      // Each taken one mostly sets another, as in a simulation.
      if (before > aim) take();
      if (before < aim || (before > 1 && chance.below(4) != 0)) add();
      if (before < aim && chance.below(3) == 0) take();
    }
  }
  CHECK(timers.first().time() > never);
}

TEST_CASE("cleared timers are gone") {
  Timers timers;
  for (std::uint64_t i = 1; i < 100; ++i) timers.add(Event::at(Time{1} << 20, i, Happens::tick, 0));
  timers.take_first();
  timers.clear();
  CHECK(timers.first().time() > never);
  timers.add(Event::at(5, 1, Happens::tick, 0));
  CHECK(timers.first().time() == 5);
}

TEST_CASE("draws made ahead are those of the stream alone, whatever laws take turns") {
  std::vector<Time> values;
  const Sampler laws[] = {
      sampler(treefall::spec::Exponential{1}, values), sampler(treefall::spec::Uniform{1, 2}, values),
      sampler(treefall::spec::LogNormal{1, 5}, values), sampler(treefall::spec::Constant{3}, values)};
  Stream alone = stream(3, 1, 4);
  Source source(alone);
  Stream chance = stream(5, 0, 0);
  std::size_t law = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (chance.below(3) == 0) law = chance.below(4);  // some in a row
    REQUIRE(source.draw(laws[law], values) == draw(laws[law], values, alone));
  }
}
