import ArgumentParser
struct C: ParsableCommand { @Argument var f: [String] = []
 func run() { print("x") } }
C.main()
