// One place for the tool's version.
#pragma once

#include <string_view>

namespace treefall {
inline constexpr std::string_view version = TREEFALL_VERSION;  // from CMakeLists.txt
}
