// jq's value type only: the library itself is loaded when a program has to be compiled, not when the process starts.
#include <jv.h>
