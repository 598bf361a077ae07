#include "spec/wording.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <limits>

#include "spec/nearest.hpp"

using namespace treefall::spec;

TEST_CASE("durations read as people say them") {
  CHECK(seconds_text(0) == "0 s");
  CHECK(seconds_text(2.5e-7) == "250 ns");
  CHECK(seconds_text(0.04) == "40 ms");
  CHECK(seconds_text(1.5) == "1.5 s");
  CHECK(seconds_text(59.96) == "1 min");
  CHECK(seconds_text(87.3512527) == "1 min 27 s");
  CHECK(seconds_text(3600) == "1 h");
  CHECK(seconds_text(7500) == "2 h 5 min");
  CHECK(seconds_text(256657) == "2.97 days");
  CHECK(seconds_text(86400) == "1 day");
  CHECK(seconds_text(1.05502e9) == "33.4 years");
  CHECK(seconds_text(std::numeric_limits<double>::infinity()) == "never");
}

TEST_CASE("rates take the shortest unit that gives at least one") {
  CHECK(rate_text(120) == "120/s");
  CHECK(rate_text(0.2) == "12/min");
  CHECK(rate_text(1.0 / 60) == "1/min");
  CHECK(rate_text(1.0 / 3600) == "1/h");
  CHECK(rate_text(0.5 / 86400) == "0.5/day");
  CHECK(rate_text(0.2, "crashes") == "12 crashes/min");
  CHECK(rate_text(1.0 / 3600, "crashes") == "1 crash/h");
  CHECK(rate_text(1, "messages") == "1 message/s");
  CHECK(value_text(Unit::messages, 1) == "1 message");
  CHECK(value_text(Unit::messages, 1.5) == "1.5 messages");
  CHECK(rate_text(0) == "0/s");
}

TEST_CASE("shares never round to certainty") {
  CHECK(share_text(1) == "100 %");
  CHECK(share_text(0.72) == "72 %");
  CHECK(share_text(0.001) == "0.1 %");
  CHECK(share_text(3.1e-5) == "3.1e-5");
  CHECK(share_text(0.99996) == "99.9960 %");
  CHECK(share_text(1 - 1e-9) == "> 99.9999 %");
  CHECK(share_text(1.2) == "120 %");
  CHECK(share_text(0) == "0 %");
}

TEST_CASE("counts are whole and grouped") {
  CHECK(count_text(507) == "507");
  CHECK(count_text(1967163) == "1,967,163");
  CHECK(count_text(1, "worker") == "1 worker");
  CHECK(count_text(4, "worker") == "4 workers");
  CHECK(count_text(4, "process") == "4 processes");
  CHECK(number_text(2600.4) == "2,600");
  CHECK(number_text(12.9) == "12.9");
}

TEST_CASE("the nearest word is offered, a far one is not") {
  constexpr std::array<std::string_view, 3> words = {"restart", "shutdown", "count"};
  CHECK(nearest("restrat", words) == "restart");
  CHECK(nearest("Count", words) == "count");
  CHECK(nearest("shutdwon", words) == "shutdown");
  CHECK(!nearest("colour", words));
  CHECK(!nearest("", words));
}
