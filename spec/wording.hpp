// Numbers as people read them: three digits, the unit that keeps them between 1 and 1000, one way everywhere, so that
// a finding, a table and a report say the same figure in the same words.
#pragma once

#include <cstdint>
#include <string>

#include "spec/quantity.hpp"

namespace treefall::spec {

/// Three significant digits: `0.27`, `87.4`, `2,600`, `3.1e-5`; infinity is `infinite`, NaN is `unknown`.
std::string number_text(double value);
/// A whole number with thousands apart: `1,967,163`.
std::string count_text(std::uint64_t value);
/// `1 worker`, `4 workers`, `4 processes`.
std::string count_text(std::uint64_t value, const std::string& noun);
/// `250 us`, `40 ms`, `1.5 s`, `1 min 27 s`, `2 h 5 min`, `2.97 days`, `8.1 years`; infinity is `never`.
std::string seconds_text(double seconds);
/// `120/s`, `12/min`, `1.5/h`, `0.3/day`.
std::string rate_text(double per_second);
/// `rate_text` with a noun in the plural: `12 crashes/min`, `1 crash/h`.
std::string rate_text(double per_second, const std::string& noun);
/// A probability or a share: `72 %`, `0.1 %`, `3.1e-5`. Never rounds up to 100 % nor down to 0.
std::string share_text(double share);
/// The value of a quantity with its unit.
std::string value_text(Unit unit, double value);

}  // namespace treefall::spec
