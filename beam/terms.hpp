// A design as Erlang terms: what the player reads with file:consult.
#pragma once

#include <cstdint>
#include <string>

#include "spec/design.hpp"
#include "spec/time.hpp"

namespace treefall::beam {

/// One map, ended by a full stop and a newline. `phase`: where in the VM's whole second the tree starts, in [0 s, 1 s).
/// `until`: how long it is played, in node time.
std::string to_term(const spec::Design& design, std::uint64_t seed, spec::Duration phase, spec::Duration until);

/// A string as an Erlang string literal (for file names) and as a UTF-8 binary (for names).
std::string string_term(const std::string& text);
std::string binary_term(const std::string& text);

}  // namespace treefall::beam
