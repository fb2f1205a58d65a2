// Boost.Interprocess as a peer: it knows the lines that src/peer/serve.rs describes.
//
// Built with: g++ -std=c++17 -O2 -Wall -Wextra -Werror -o boost boost.cpp

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace ip = boost::interprocess;
using Clock = std::chrono::steady_clock;

static double nanoseconds(Clock::time_point begin)
{
    return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

// Memory that is mapped, and whose first byte is touched. Its creator removes the name.
class Region {
public:
    static Region create(const std::string &name, std::size_t size)
    {
        ip::shared_memory_object object(ip::create_only, name.c_str(), ip::read_write);
        object.truncate(static_cast<ip::offset_t>(size));
        return Region(object, name);
    }

    static Region open(const std::string &name)
    {
        ip::shared_memory_object object(ip::open_only, name.c_str(), ip::read_write);
        return Region(object, std::nullopt);
    }

    static Region join(const std::string &name, std::size_t size)
    {
        try {
            return create(name, size);
        } catch (const ip::interprocess_exception &) {
            return open(name);
        }
    }

    Region(Region &&other) noexcept : map(std::move(other.map)), created(std::move(other.created))
    {
        other.created.reset();
    }

    ~Region()
    {
        if (created)
            ip::shared_memory_object::remove(created->c_str());
    }

private:
    Region(const ip::shared_memory_object &object, std::optional<std::string> name)
        : map(object, ip::read_write), created(std::move(name))
    {
        *static_cast<volatile char *>(map.get_address()) = 1;
    }

    ip::mapped_region map;
    std::optional<std::string> created;
};

template <typename Body> static double repeat(double millis, Body body)
{
    auto begin = Clock::now();
    body();
    double one = std::max(nanoseconds(begin), 100.0);
    if (one >= millis * 1e6)
        return one;
    auto count = static_cast<long>(std::clamp(millis * 1e6 / one, 1.0, 1e5));
    begin = Clock::now();
    for (long i = 0; i < count; i++)
        body();
    return nanoseconds(begin) / static_cast<double>(count);
}

template <typename Body> static std::string storm(std::size_t count, Body body)
{
    std::vector<double> times;
    long failures = 0;
    auto begin = Clock::now();
    for (std::size_t i = 0; i < count; i++) {
        auto turn = Clock::now();
        try {
            body();
        } catch (const ip::interprocess_exception &) {
            failures++;
        }
        times.push_back(nanoseconds(turn));
    }
    double mean = nanoseconds(begin) / static_cast<double>(count);
    std::sort(times.begin(), times.end());
    std::ostringstream text;
    text << mean << ' ' << times[(times.size() - 1) * 99 / 100] << ' ' << failures;
    return text.str();
}

static std::string grow(const std::string &name, std::size_t count, std::size_t size)
{
    std::vector<Region> regions;
    double each = static_cast<double>(count);
    auto begin = Clock::now();
    for (std::size_t i = 0; i < count; i++)
        regions.push_back(Region::create(name + std::to_string(i), size));
    double create = nanoseconds(begin) / each;
    begin = Clock::now();
    for (std::size_t i = 0; i < count; i++)
        Region::open(name + std::to_string(i));
    double open = nanoseconds(begin) / each;
    begin = Clock::now();
    regions.clear();
    std::ostringstream text;
    // It has nothing that lists names.
    text << create << ' ' << open << " - " << nanoseconds(begin) / each;
    return text.str();
}

int main()
{
    std::vector<Region> held;
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words(line);
        std::string word, name;
        std::size_t count = 0, size = 0;
        double millis = 0;
        words >> word >> name;
        std::ostringstream answer;
        answer << std::fixed;
        try {
            if (word == "create" && words >> size >> millis) {
                answer << repeat(millis, [&] { Region::create(name, size); });
            } else if (word == "hold" && words >> size) {
                held.push_back(Region::create(name, size));
                answer << name;
            } else if (word == "release") {
                held.clear();
            } else if (word == "open" && words >> size >> millis) {
                answer << repeat(millis, [&] { Region::open(name); });
            } else if (word == "grow" && words >> count >> size) {
                answer << grow(name, count, size);
            } else if (word == "recover" && words >> size) {
                ip::shared_memory_object::remove(name.c_str());
                held.push_back(Region::create(name, size));
            } else if (word == "own" && words >> count >> size) {
                std::string own = name + "." + std::to_string(getpid());
                answer << storm(count, [&] { Region::create(own, size); });
            } else if (word == "equal" && words >> count >> size) {
                answer << storm(count, [&] { Region::join(name, size); });
            } else {
                std::cout << "fail it does not know " << line << std::endl;
                continue;
            }
            std::cout << "ok " << answer.str() << std::endl;
        } catch (const std::exception &error) {
            std::cout << "fail " << error.what() << std::endl;
        }
    }
}
