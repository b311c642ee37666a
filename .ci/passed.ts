/**
 * The closing line of a run, read off the test runner's own report: how many tests passed. A run without
 * tests, or with any that failed or did not run, has no such line and exits with 1.
 */
import { readFileSync } from "node:fs"

interface Report {
  readonly success: boolean
  readonly numTotalTests: number
  readonly numPassedTests: number
}

const [path = ""] = process.argv.slice(2)
const report = JSON.parse(readFileSync(path, "utf8")) as Report

if (!report.success || report.numTotalTests === 0 || report.numPassedTests !== report.numTotalTests) {
  throw new Error(`${report.numPassedTests} of ${report.numTotalTests} tests passed`)
}
console.log(`${report.numPassedTests} passed, 0 failed`)
