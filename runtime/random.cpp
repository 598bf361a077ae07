// The only place that knows Random123.
#include "runtime/random.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

namespace treefall::runtime {
namespace {

std::uint64_t extend(std::uint64_t hash, std::string_view text) {
  for (const char character : text) {
    hash ^= static_cast<unsigned char>(character);
    hash *= 0x100000001b3u;
  }
  return hash;
}

}  // namespace

std::uint64_t source_name(std::string_view path, std::string_view purpose) {
  return extend(extend(extend(0xcbf29ce484222325u, path), "#"), purpose);
}

Stream stream(std::uint64_t seed, std::uint64_t replica, std::uint64_t source) {
  const r123::Philox4x64::ctr_type counter = {{source, replica, 0, 0}};
  const r123::Philox4x64::key_type key = {{seed, 0}};
  const auto words = r123::Philox4x64{}(counter, key);
  return Stream(words[0], words[1], words[2], words[3] | 1);  // never the all-zero state
}

}  // namespace treefall::runtime
