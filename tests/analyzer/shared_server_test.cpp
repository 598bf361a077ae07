// A server that callers share: against formulas known otherwise, and against what execution showed.
#include "analyzer/shared_server.hpp"

#include <limits>

#include "analyzer/queueing.hpp"
#include "known.hpp"

using namespace treefall;
using namespace treefall::analyzer;
using spec::Quantity;
using tests::known;

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("without callers it is the M/M/1 queue") {
  const auto law = present({1, 0.8, {}});
  CHECK(law[0] == Approx(0.2));
  CHECK(law[3] == Approx(0.2 * 0.512));
  CHECK(mean_answer(law, 1, never) == Approx(5));
  CHECK(late_share(law, 1, 20) == Approx(std::exp(-4)));
  CHECK(mean_answer(law, 1, 20) == Approx(5 * (1 - std::exp(-4))));
}

TEST_CASE("callers alone are the closed loop of mean value analysis") {
  for (const std::uint64_t callers : {1u, 2u, 16u, 100u}) {
    const auto loop = closed_loop({callers, 3.4, 0.2});
    const SharedServer server{0.2, 0, {{3.4, callers}}};
    CHECK(1 - present(server)[0] == Approx(loop.utilisation.value));
    CHECK(mean_answer(found_by(server, 0), 0.2, never) - 0.2 == Approx(loop.mean_wait.value).margin(1e-12));
  }
}

TEST_CASE("one caller beside a stream finds the stream's own queue") {
  // Alone it would find M/M/1; while it is served nobody waits twice as long for that.
  const SharedServer server{1, 0.5, {{10, 1}}};
  CHECK(mean_answer(found_by(server, 0), 1, never) == Approx(2));
  // Two kinds of callers that are alike are one kind.
  const SharedServer apart{1, 0.5, {{10, 3}, {10, 2}}};
  const SharedServer together{1, 0.5, {{10, 5}}};
  CHECK(present(apart)[4] == Approx(present(together)[4]));
  CHECK(found_by(apart, 1)[2] == Approx(found_by(together, 0)[2]));
}

TEST_CASE("late calls come in clumps") {
  const LateCalls calls{present({1, 0.8, {}}), 1, 20, 1};
  const auto moment = clump_of(calls, 0, 4);
  CHECK(moment.sizes[0] == Approx(1));
  CHECK(moment.mean == Approx(1));
  // An excursion above the timeout is a busy period: 1 / (1 - 0.8) calls; from its end the next one begins before the
  // server has caught up with probability 0.8.
  const auto window = clump_of(calls, 100, 4);
  CHECK(window.mean > 5);
  CHECK(window.mean < 26);
  CHECK(window.sizes[0] + window.sizes[1] + window.sizes[2] + window.sizes[3] == Approx(1));
  // Counted by nobody, they are alone.
  CHECK(clump_of({calls.present, 1, 20, 0}, 100, 4).mean == Approx(1));
}
