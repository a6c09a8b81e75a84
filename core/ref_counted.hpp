#pragma once

#include <atomic>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace lepton::core {

/// Base of objects that actors of one process share without copying. Thread-safe count; the last
/// `ref_ptr` deletes. Does not protect the object's own fields: publish first, then share.
class ref_counted {
public:
  ref_counted() = default;
  ref_counted(const ref_counted&) = delete;
  ref_counted& operator=(const ref_counted&) = delete;
  virtual ~ref_counted() = default;

  void ref() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void unref() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }
  bool unique() const noexcept { return count_.load(std::memory_order_acquire) == 1; }

private:
  mutable std::atomic<std::size_t> count_{0};
};

/// Intrusive pointer to a `ref_counted`. May be null.
template <class T>
class ref_ptr {
public:
  ref_ptr() = default;
  ref_ptr(std::nullptr_t) {}
  explicit ref_ptr(T* object) : object_{object} {
    if (object_)
      object_->ref();
  }
  ref_ptr(const ref_ptr& other) : ref_ptr{other.object_} {}
  ref_ptr(ref_ptr&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  ref_ptr(const ref_ptr<U>& other) : ref_ptr{static_cast<T*>(other.get())} {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  ref_ptr(ref_ptr<U>&& other) noexcept : object_{other.release()} {}
  ref_ptr& operator=(ref_ptr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~ref_ptr() {
    if (object_)
      object_->unref();
  }

  T* get() const noexcept { return object_; }
  T* release() noexcept { return std::exchange(object_, nullptr); }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const ref_ptr& a, const ref_ptr& b) noexcept {
    return a.object_ == b.object_;
  }

private:
  T* object_ = nullptr;
};

template <class T, class... Args>
ref_ptr<T> make_ref(Args&&... args) {
  return ref_ptr<T>{new T(std::forward<Args>(args)...)};
}

} // namespace lepton::core
