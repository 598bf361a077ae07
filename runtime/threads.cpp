#include "runtime/threads.hpp"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace treefall::runtime {

void on_threads(unsigned number, const std::function<void(unsigned)>& work) {
  std::mutex mutex;
  std::exception_ptr failure;
  const auto guarded = [&](unsigned which) {
    try {
      work(which);
    } catch (...) {
      const std::scoped_lock lock(mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned i = 1; i < number; ++i) pool.emplace_back([&, i] { guarded(i); });
    guarded(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace treefall::runtime
