// Sums of products along rows, the inner loop of every recursion over counts: several products at a time and side by
// side. Each element's sum is built term after term from the first on, so that it is rounded as the plain loop's is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace treefall::analyzer {

/// row[i] += sum over j < count of weights[j] * from(j)[i], for i < n. `from(j)`: where n numbers are read, none of
/// which is in `row`.
template <class From>
void add_products(double* __restrict row, std::size_t n, const double* weights, std::size_t count, const From& from) {
  std::size_t j = 0;
  for (; j + 4 <= count; j += 4) {
    const double* __restrict a = from(j), * __restrict b = from(j + 1), * __restrict c = from(j + 2), * __restrict d = from(j + 3);
    const double p = weights[j], q = weights[j + 1], r = weights[j + 2], s = weights[j + 3];
    for (std::size_t i = 0; i < n; ++i) row[i] = (((row[i] + p * a[i]) + q * b[i]) + r * c[i]) + s * d[i];
  }
  for (; j < count; ++j) {
    const double* __restrict a = from(j);
    const double p = weights[j];
    for (std::size_t i = 0; i < n; ++i) row[i] += p * a[i];
  }
}

inline constexpr std::size_t products_at_once = 4;

/// row[s] = sum over y <= min(s, terms - 1) of weights[y] * row[s - y]: a count is added. `room` is overwritten.
inline void convolve(double* row, std::size_t n, const double* weights, std::size_t terms, std::vector<double>& room) {
  room.assign(n + products_at_once, 0);
  double* before = room.data() + products_at_once;  // zeros stand before it
  std::copy(row, row + n, before);
  std::fill(row, row + n, 0.0);
  for (std::size_t y = 0; y < std::min(n, terms); y += products_at_once)
    add_products(row + y, n - y, weights + y, std::min(products_at_once, terms - y),
                 [&](std::size_t j) { return before - j; });
}

/// row[a] = sum over x < n - a of weights[x] * row[a + x]: a count is taken away. `weights` has n entries or more.
inline void correlate(double* row, std::size_t n, const double* weights, std::vector<double>& room) {
  room.assign(n + products_at_once, 0);
  std::copy(row, row + n, room.begin());
  std::fill(row, row + n, 0.0);
  for (std::size_t x = 0; x < n; x += products_at_once)
    add_products(row, n - x, weights + x, std::min(products_at_once, n - x),
                 [&](std::size_t j) { return room.data() + x + j; });
}

}  // namespace treefall::analyzer
