# SPDX-License-Identifier: Apache-2.0
"""The version of Rootward, read by the build, the banner and `-version`."""

VERSION = "0.1.0"
