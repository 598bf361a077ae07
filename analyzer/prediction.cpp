// The words for how a number was found.
#include "analyzer/prediction.hpp"

namespace treefall::analyzer {

std::string_view name(Method method) {
  switch (method) {
    case Method::exact:
      return "exact";
    case Method::bound:
      return "bound";
    case Method::approximation:
      return "approximation";
    case Method::deterministic:
      return "deterministic";
  }
  return "";
}

}  // namespace treefall::analyzer
