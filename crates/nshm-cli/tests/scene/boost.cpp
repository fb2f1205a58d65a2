// Shared memory by Boost: `boost leave N` leaves N segments and ends, `boost hold N` makes N
// segments, says so, and has them mapped until it is killed.

#include <boost/interprocess/managed_shared_memory.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

int main(int argc, char **argv) {
    using namespace boost::interprocess;
    if (argc != 3) {
        return 2;
    }
    const std::string what = argv[1];
    std::vector<std::unique_ptr<managed_shared_memory>> held;
    for (int number = 0; number < std::atoi(argv[2]); ++number) {
        const std::string name = "boost_" + what + "_" + std::to_string(number);
        held.push_back(std::make_unique<managed_shared_memory>(create_only, name.c_str(), 65536));
        held.back()->construct<int>("number")(number);
    }
    if (what == "hold") {
        std::puts("ready");
        std::fflush(stdout);
        pause();
    }
    return 0;
}
