import ArgumentParser
import AsyncHTTPClient
import GRDB
import TOMLKit
print("hi")
