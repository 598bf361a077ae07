// The words for how bad it is.
#include "spec/diagnostic.hpp"

namespace treefall::spec {

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
    case Severity::hint:
      return "hint";
  }
  return "";
}

}  // namespace treefall::spec
