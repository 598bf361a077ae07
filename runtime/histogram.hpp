// Counts of durations in log-linear bins (the layout of HdrHistogram): 64 bins an octave, so a bin is at most 1/64 of
// its value wide. Bins are integers: histograms merge exactly, in any order. Octaves nobody touched take no room.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "runtime/types.hpp"

namespace treefall::runtime {

class Histogram {
 public:
  static constexpr unsigned bits = 6;
  static constexpr std::uint32_t bins = 1u << bits;  // an octave
  static constexpr std::size_t octaves = 64 - bits;

  void add(Time value) {
    if (value == 0) {
      ++zeros_;
      return;
    }
    const auto number = static_cast<std::uint64_t>(value);
    // Octave 0 holds 1..127 exactly; octave k the numbers of 7 + k bits.
    const auto width = static_cast<unsigned>(std::bit_width(number));
    const unsigned octave = width > bits + 1 ? width - bits - 1 : 0;
    const auto bin = static_cast<std::uint32_t>(number >> octave);
    ++slot(octave + (bin >> bits), bin & (bins - 1));
  }
  void merge(const Histogram& other) {
    zeros_ += other.zeros_;
    for (std::size_t octave = 0; octave < octaves; ++octave) {
      if (other.pages_[octave] == 0) continue;
      for (std::uint32_t bin = 0; bin < bins; ++bin) {
        slot(static_cast<unsigned>(octave), bin) += other.counts_[other.pages_[octave] - bins + bin];
      }
    }
  }
  void clear() {
    zeros_ = 0;
    pages_ = {};
    counts_.clear();
  }

  struct Bin {
    Time low = 0;   // the least value that it holds
    Time high = 0;  // the first that it does not
    std::uint64_t count = 0;
  };
  /// Calls `visit(bin)` for every bin that holds something, from below.
  template <class Visit>
  void each(Visit visit) const {
    if (zeros_ > 0) visit(Bin{0, 1, zeros_});
    for (std::size_t page = 0; page < octaves; ++page) {
      if (pages_[page] == 0) continue;
      for (std::uint32_t bin = 0; bin < bins; ++bin) {
        const std::uint64_t count = counts_[pages_[page] - bins + bin];
        if (count == 0) continue;
        // Page 0 is 0..63; page p > 0 the numbers of 6 + p bits, in steps of 2^(p-1).
        const unsigned shift = page == 0 ? 0 : static_cast<unsigned>(page) - 1;
        const Time low = static_cast<Time>((page == 0 ? bin : bins + bin)) << shift;
        visit(Bin{low, low + (Time{1} << shift), count});
      }
    }
  }

 private:
  std::uint64_t& slot(unsigned page, std::uint32_t bin) {
    if (pages_[page] == 0) {
      counts_.resize(counts_.size() + bins, 0);
      pages_[page] = static_cast<std::uint32_t>(counts_.size());
    }
    return counts_[pages_[page] - bins + bin];
  }

  std::uint64_t zeros_ = 0;
  std::array<std::uint32_t, octaves> pages_{};  // end of its bins in counts_; 0: none yet
  std::vector<std::uint64_t> counts_;
};

}  // namespace treefall::runtime
