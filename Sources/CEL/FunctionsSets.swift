import Values

private let a = Type.parameter("A")

/// The sets extension of cel-go: lists compared without order and without regard to what stands in them twice.
let setFunctions: [Overload] = [
    comparison("sets.contains") { $0.isSuperset(of: $1) },
    comparison("sets.equivalent") { $0 == $1 },
    comparison("sets.intersects") { !$0.isDisjoint(with: $1) },
]

private func comparison(
    _ name: String, _ holds: @escaping @Sendable (Set<SetMember>, Set<SetMember>) -> Bool
) -> Overload {
    paying(name, isMethod: false, [.list(a), .list(a)], .bool) { (v, frame) throws(EvaluationError) in
        let left = try members(v[0].asList ?? [], side: 0, &frame)
        return .bool(holds(left, try members(v[1].asList ?? [], side: 1, &frame)))
    }
}

private enum SetMember: Hashable {
    case value(EqualityKey)
    /// A value of one side that holds NaN, and so is none of the other side's.
    case unequal(side: Int)
}

private func members(
    _ list: [Value], side: Int, _ frame: inout Frame
) throws(EvaluationError) -> Set<SetMember> {
    var members: Set<SetMember> = []
    for item in list {
        members.insert(try EqualityKey(item, &frame).map(SetMember.value) ?? .unequal(side: side))
    }
    return members
}
