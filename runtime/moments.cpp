// Wide arithmetic by hand: 128 x 128 bits in four partial products.
#include "runtime/moments.hpp"

#include <cmath>

namespace treefall::runtime {
namespace {

__extension__ using Unsigned = unsigned __int128;

/// Adds `word` at limb `at`, with carry.
void add_at(std::array<std::uint64_t, 4>& limbs, std::size_t at, std::uint64_t word) {
  for (; at < limbs.size() && word != 0; ++at) {
    limbs[at] += word;
    word = limbs[at] < word ? 1 : 0;
  }
}

}  // namespace

void ProductSum::add(Wide a, Wide b) {
  const auto first = static_cast<Unsigned>(a);
  const auto second = static_cast<Unsigned>(b);
  const std::uint64_t parts_a[2] = {static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(first >> 64)};
  const std::uint64_t parts_b[2] = {static_cast<std::uint64_t>(second), static_cast<std::uint64_t>(second >> 64)};
  for (std::size_t i = 0; i < 2; ++i) {
    if (parts_a[i] == 0) continue;
    for (std::size_t j = 0; j < 2; ++j) {
      const Unsigned product = static_cast<Unsigned>(parts_a[i]) * parts_b[j];
      add_at(limbs_, i + j, static_cast<std::uint64_t>(product));
      add_at(limbs_, i + j + 1, static_cast<std::uint64_t>(product >> 64));
    }
  }
}

void ProductSum::merge(const ProductSum& other) {
  for (std::size_t i = 0; i < limbs_.size(); ++i) add_at(limbs_, i, other.limbs_[i]);
}

long double ProductSum::value() const {
  long double result = 0;
  for (std::size_t i = limbs_.size(); i-- > 0;) result = result * 0x1p64L + static_cast<long double>(limbs_[i]);
  return result;
}

void Moments::add(Wide of, Wide in) {
  if (units == 0) {
    first_x = of;
    first_t = in;
  }
  varies = varies || of != first_x || in != first_t;
  ++units;
  if (of != 0 || in != 0) ++contributing;
  x += of;
  t += in;
  xx.add(of, of);
  xt.add(of, in);
  tt.add(in, in);
}

void Moments::merge(const Moments& other) {
  if (other.units == 0) return;
  if (units == 0) {
    *this = other;
    return;
  }
  varies = varies || other.varies || first_x != other.first_x || first_t != other.first_t;
  units += other.units;
  contributing += other.contributing;
  x += other.x;
  t += other.t;
  xx.merge(other.xx);
  xt.merge(other.xt);
  tt.merge(other.tt);
}

double Moments::standard_error() const {
  if (contributing < 2 || !varies || t == 0) return 0;
  const auto n = static_cast<long double>(contributing);  // units without anything add nothing to the sum of squares
  const auto exposure = static_cast<long double>(t);
  const long double r = static_cast<long double>(x) / exposure;
  const long double squares = xx.value() - 2 * r * xt.value() + r * r * tt.value();
  if (!(squares > 0)) return 0;
  return static_cast<double>(std::sqrt(squares * n / (n - 1)) / exposure);
}

}  // namespace treefall::runtime
