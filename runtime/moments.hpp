// Exact sums of observations: integers of 128 bits, and 256 for their products. They merge in any order to the same
// bits, so the result of an experiment does not depend on how its replicas were spread over threads or machines.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/types.hpp"

namespace treefall::runtime {

/// A sum of products of non-negative 128-bit integers.
class ProductSum {
 public:
  void add(Wide a, Wide b);
  void merge(const ProductSum& other);
  long double value() const;

 private:
  std::array<std::uint64_t, 4> limbs_{};  // least first
};

/// Units of observation, each a pair: x of something in an exposure t. What is estimated is sum x / sum t.
struct Moments {
  std::uint64_t units = 0;
  Wide x = 0;
  Wide t = 0;
  ProductSum xx;
  ProductSum xt;
  ProductSum tt;
  Wide first_x = 0;
  Wide first_t = 0;
  bool varies = false;             // not all units are the same
  std::uint64_t contributing = 0;  // units in which there was something to count, or time to count in

  void add(Wide of, Wide in);
  void merge(const Moments& other);
  double ratio() const { return static_cast<double>(static_cast<long double>(x) / static_cast<long double>(t)); }
  /// Standard error of the ratio over independent units (the delta method; Cochran, Sampling Techniques, 6.4).
  double standard_error() const;
};

}  // namespace treefall::runtime
