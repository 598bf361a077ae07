#include "spec/read.hpp"

#include <catch2/catch.hpp>

using namespace treefall::spec;

TEST_CASE("a small spec reads into a design") {
  const Reading reading = read(Source("shop.yaml",
                                      "treefall: 1\n"
                                      "tree:\n"
                                      "  supervisor: Top\n"
                                      "  children:\n"
                                      "    - {worker: A, count: 3, crashes: {rate: 12/min}}\n"
                                      "    - worker: B\n"
                                      "      handles: {any: {takes: exp(6ms), calls: [{to: 'A[1]'}]}}\n"));
  REQUIRE(reading.diagnostics.empty());
  REQUIRE(reading.design);
  const Design& design = *reading.design;
  CHECK(design.name == "shop");
  REQUIRE(design.nodes.size() == 3);
  CHECK(design.nodes[1].path == "Top/A");
  CHECK(copies(design, NodeId{1}) == 3);
  const Call& call = as_worker(design.nodes[2])->handles->front().handler.calls.front();
  CHECK(path(design, call.to) == "Top/A[1]");
  CHECK(copies(design, Subject{call.to}) == 1);
}
