#include "spec/quantity.hpp"

#include <catch2/catch.hpp>

using namespace treefall::spec;

TEST_CASE("every quantity is found by its own name", "[quantity]") {
  for (const auto& row : quantities()) {
    CAPTURE(row.name);
    CHECK(quantity_named(row.name) == row.quantity);
    CHECK(name(row.quantity) == row.name);
    CHECK((row.of_supervisor || row.of_application || row.of_worker || row.of_traffic));
    CHECK_FALSE(row.label.empty());
    CHECK_FALSE(row.definition.empty());
  }
  CHECK(quantity_named("mtbf") == std::nullopt);
}

TEST_CASE("probabilities and times have their units", "[quantity]") {
  CHECK(info(Quantity::failure_probability).unit == Unit::probability);
  CHECK(info(Quantity::mean_time_to_failure).unit == Unit::seconds);
  CHECK(name(Unit::messages_per_second) == "messages_per_second");
}
