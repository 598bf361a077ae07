// What was never filled reads as empty and costs a number.
#include "analyzer/sparse.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using treefall::analyzer::Sparse;

TEST_CASE("sparse facts read like a vector by node") {
  Sparse<std::string> facts(5);
  std::string& third = facts.fill(3);
  third = "three";
  facts.fill(1) = "one";
  CHECK(third == "three");  // it has stayed where it was
  CHECK(facts[0].empty());
  CHECK(facts[1] == "one");
  CHECK(facts[3] == "three");
  CHECK(&facts.fill(3) == &third);
  CHECK(std::vector<std::string>(facts.begin(), facts.end()) == std::vector<std::string>{"three", "one"});
  const Sparse<std::string> copy = facts;
  facts.fill(1) = "other";
  CHECK(copy[1] == "one");
}
